// What is shown and how, kept in the page's address, so that a link or a bookmark reproduces it.

import { groupOf } from "./pages.js";

const BEFORE = ["window"];
const AFTER = ["tiles", "rotate", "lang", "theme", "kiosk"];
// What has a meaning of its own; any other name may be a dimension, which the server knows.
const OWN = [...BEFORE, ...AFTER, "page", "by"];

/**
 * The choices in the address. `group`: all other names, as they may be dimensions; "" is the group without a name.
 * `pages`: those that are named, in their order; several to go round.
 */
export function readAddress(search) {
  const given = new URLSearchParams(search);
  const choice = Object.fromEntries([...BEFORE, ...AFTER].map((name) => [name, given.get(name)]));
  const named = [...new Set(given.keys())].filter((name) => !OWN.includes(name));
  const group = Object.fromEntries(named.map((name) => [name, given.get(name)]));
  return { ...choice, kiosk: choice.kiosk === "1", group, pages: [...new Set(given.getAll("page"))] };
}

/**
 * Names in the address that the page makes nothing of where these are the dimensions. `by` is one, unless it says what
 * the choices say anyway.
 */
export function unknownNames(search, dimensions) {
  const given = new URLSearchParams(search);
  const choice = readAddress(search);
  const by = sorted(Object.keys(chosenGroup(choice, choice.pages[0], dimensions)));
  const isVain = {
    by: sorted((given.get("by") ?? "").split("_").filter((name) => name !== "all")) !== by,
    page: choice.pages.length > 1 && choice.rotate === null,
  };
  // Of the page of a group the name is in the page; several pages are there to go round.
  for (const page of choice.pages) if (groupOf(page)) isVain[groupOf(page)[0]] = true;
  // Of a name that is given twice the first is shown: that is not what both would be.
  const isTwice = (name) => name !== "page" && given.getAll(name).length > 1;
  const isUnknown = (name) => isVain[name] ?? ![...OWN, ...dimensions].includes(name);
  return [...new Set(given.keys())].filter((name) => isTwice(name) || isUnknown(name));
}

const sorted = (names) => [...names].sort().join("_");

/** The group that is chosen, as names and values; {} where none is. In the order of the dimensions, where known. */
export function chosenGroup(choice, page = choice.pages?.[0], dimensions = undefined) {
  const [own, name] = groupOf(page) ?? [];
  const chosen = own === undefined ? choice.group : { ...choice.group, [own]: name };
  const known = dimensions?.filter((dimension) => chosen[dimension] !== undefined) ?? Object.keys(chosen);
  return Object.fromEntries(known.map((dimension) => [dimension, chosen[dimension]]));
}

/** The address of these choices, "?" and all; what is not chosen is left out. */
export function writeAddress(choice) {
  const query = new URLSearchParams();
  for (const page of choice.pages) query.append("page", page);
  write(query, choice, BEFORE);
  for (const [name, value] of Object.entries(choice.group)) query.set(name, value);
  write(query, { ...choice, kiosk: choice.kiosk ? "1" : null }, AFTER);
  return `?${query}`;
}

function write(query, choice, names) {
  for (const name of names) {
    if (choice[name] !== null && choice[name] !== undefined) query.set(name, choice[name]);
  }
}

/** The question to the server for these choices. Without a group the server shows its first, which need not be all. */
export function streamQuery(choice, page = choice.pages[0]) {
  const query = new URLSearchParams();
  if (page !== undefined) query.set("page", groupOf(page) ? "team" : page);
  if (choice.tiles !== null) query.set("tiles", choice.tiles);
  if (choice.window) query.set("window", choice.window);
  for (const [name, value] of Object.entries(chosenGroup(choice, page))) query.set(name, value);
  return `${query}`;
}
