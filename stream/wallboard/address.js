// What is shown and how, kept in the page's address, so that a link or a bookmark reproduces it.

const NAMES = ["window", "channel", "team", "lang", "theme", "kiosk"];

/** The choices in the address. A group that is not chosen is null; "" is the group without a name. */
export function readAddress(search) {
  const given = new URLSearchParams(search);
  const choice = Object.fromEntries(NAMES.map((name) => [name, given.get(name)]));
  return { ...choice, kiosk: choice.kiosk === "1" };
}

/** The address of these choices, "?" and all; what is not chosen is left out. */
export function writeAddress(choice) {
  const query = new URLSearchParams();
  for (const name of NAMES) {
    const value = name === "kiosk" ? (choice.kiosk ? "1" : null) : choice[name];
    if (value !== null && value !== undefined) query.set(name, value);
  }
  return `?${query}`;
}

/** The question to the server for these choices. */
export function streamQuery(choice) {
  const query = new URLSearchParams();
  if (choice.window) query.set("window", choice.window);
  const dimensions = ["channel", "team"].filter((name) => choice[name] !== null && choice[name] !== undefined);
  query.set("by", dimensions.join("_") || "all");
  for (const name of dimensions) query.set(name, choice[name]);
  return `${query}`;
}
