// What is shown and how, kept in the page's address, so that a link or a bookmark reproduces it.

import { teamOf } from "./pages.js";

const DIMENSIONS = ["channel", "team"];
const SINGLE = ["window", ...DIMENSIONS, "tiles", "rotate", "lang", "theme", "kiosk"];

/**
 * The choices in the address. A group that is not chosen is null; "" is the group without a name. `pages`: those that
 * are named, in their order; several to go round.
 */
export function readAddress(search) {
  const given = new URLSearchParams(search);
  const choice = Object.fromEntries(SINGLE.map((name) => [name, given.get(name)]));
  return { ...choice, kiosk: choice.kiosk === "1", pages: [...new Set(given.getAll("page"))] };
}

/** Names in the address that the page makes nothing of. `by` is one, unless it says what the choices say anyway. */
export function unknownNames(search) {
  const given = new URLSearchParams(search);
  const choice = readAddress(search);
  const by = Object.keys(chosenGroup(choice)).join("_") || "all";
  // Of the page of a team the name is in the page; several pages are there to go round.
  const isVain = {
    by: given.get("by") !== by,
    team: choice.pages.some((page) => teamOf(page) !== null),
    page: choice.pages.length > 1 && choice.rotate === null,
  };
  return [...new Set(given.keys())].filter((name) => isVain[name] ?? ![...SINGLE, "page"].includes(name));
}

/** The group that is chosen, as names and values; {} where none is. */
export function chosenGroup(choice, page = choice.pages?.[0]) {
  const named = { ...choice, team: teamOf(page) ?? choice.team };
  const chosen = DIMENSIONS.filter((name) => named[name] !== null && named[name] !== undefined);
  return Object.fromEntries(chosen.map((name) => [name, named[name]]));
}

/** The address of these choices, "?" and all; what is not chosen is left out. */
export function writeAddress(choice) {
  const query = new URLSearchParams();
  for (const page of choice.pages) query.append("page", page);
  for (const name of SINGLE) {
    const value = name === "kiosk" ? (choice.kiosk ? "1" : null) : choice[name];
    if (value !== null && value !== undefined) query.set(name, value);
  }
  return `?${query}`;
}

/** The question to the server for these choices. Without a group the server shows its first, which need not be all. */
export function streamQuery(choice, page = choice.pages[0]) {
  const query = new URLSearchParams();
  if (page !== undefined) query.set("page", teamOf(page) === null ? page : "team");
  if (choice.tiles !== null) query.set("tiles", choice.tiles);
  if (choice.window) query.set("window", choice.window);
  const group = Object.entries(chosenGroup(choice, page));
  if (group.length) query.set("by", group.map(([name]) => name).join("_"));
  for (const [name, value] of group) query.set(name, value);
  return `${query}`;
}
