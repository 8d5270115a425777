// What is shown and how, kept in the page's address, so that a link or a bookmark reproduces it.

const DIMENSIONS = ["channel", "team"];
const NAMES = ["window", ...DIMENSIONS, "lang", "theme", "kiosk"];

/** The choices in the address. A group that is not chosen is null; "" is the group without a name. */
export function readAddress(search) {
  const given = new URLSearchParams(search);
  const choice = Object.fromEntries(NAMES.map((name) => [name, given.get(name)]));
  return { ...choice, kiosk: choice.kiosk === "1" };
}

/** Names in the address that the page makes nothing of. `by` is one, unless it says what the choices say anyway. */
export function unknownNames(search) {
  const given = new URLSearchParams(search);
  const by = Object.keys(chosenGroup(readAddress(search))).join("_") || "all";
  const unknown = [...given.keys()].filter((name) => !NAMES.includes(name) && !(name === "by" && given.get(name) === by));
  return [...new Set(unknown)];
}

/** The group that is chosen, as names and values; {} where none is. */
export function chosenGroup(choice) {
  const chosen = DIMENSIONS.filter((name) => choice[name] !== null && choice[name] !== undefined);
  return Object.fromEntries(chosen.map((name) => [name, choice[name]]));
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

/** The question to the server for these choices. Without a group the server shows its first, which need not be all. */
export function streamQuery(choice) {
  const query = new URLSearchParams();
  if (choice.window) query.set("window", choice.window);
  const group = Object.entries(chosenGroup(choice));
  if (group.length) query.set("by", group.map(([name]) => name).join("_"));
  for (const [name, value] of group) query.set(name, value);
  return `${query}`;
}
