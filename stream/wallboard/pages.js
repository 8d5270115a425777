// The pages: what they are called in an address, and going round them.

import { dimensionWords } from "./groups.js";
import { groupWords } from "./words.js";

const OF_GROUP = /^([a-z][a-z0-9]*):(.*)$/s;
const FIRST = "overview";
export const LEAST_SECONDS = 5;
export const MOST_SECONDS = 3600;

/** The group that a page is of, as dimension and name ("team:billing"); null for a page that is of none. */
export const groupOf = (page) => OF_GROUP.exec(page ?? "")?.slice(1) ?? null;

/** Whether a page is of what the table lists: the table itself, or of one of its rows. */
export const isOfListed = (page, board) => page === "teams" || groupOf(page)?.[0] === board?.table_dimension;

/** Seconds that each page stays: null where nobody asked for it, NaN for what is no number of seconds. */
export function rotateSeconds(text) {
  if (text === null || text === undefined) return null;
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  return seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS ? seconds : NaN;
}

/** All pages that a board offers, in their order: where a team is in the chosen `group` not those of others. */
export function offeredPages(board, group = {}) {
  const listed = board?.table_dimension;
  const isChosen = group[listed] !== undefined;
  const pages = (board?.pages ?? [FIRST]).filter((name) => name !== "team" && !(isChosen && name === "teams"));
  const names = !isChosen && pages.includes("teams") ? board.choices?.[listed] ?? [] : [];
  return [...pages, ...names.filter(Boolean).map((name) => `${listed}:${name}`)];
}

/** The page after `shown`; itself where there is no other. */
export function pageAfter(shown, pages) {
  return pages.length ? pages[(pages.indexOf(shown ?? FIRST) + 1) % pages.length] : shown;
}

/** What a page is called; `listed`: the dimension of the table. */
export function pageWords(page, say, listed = "team") {
  const group = groupOf(page);
  if (group) return groupWords(Object.fromEntries([group]), say);
  if (page === "teams" && listed !== "team") return say("page.groups", { dimension: dimensionWords(listed, say).toLowerCase() });
  return say(`page.${page ?? FIRST}`);
}
