// The lists a reader chooses from. A list's "" is "all"; a name has "=" before it, for a name may be empty.

import { pieces, windowSeconds } from "./format.js";
import { dimensionWords, fittingGroup, offeredOn } from "./groups.js";
import { LANGUAGES } from "./language.js";
import { groupOf, isOfListed, offeredPages, pageWords } from "./pages.js";

const THEMES = ["auto", "light", "dark"];
const element = (id) => document.getElementById(id);

/** Call `changed(change)` with what the reader chose; `change(choice, board)`: what of the choice is another now. */
export function listen(changed) {
  const on = (name, read) => element(name).addEventListener("change", ({ target }) => changed(read(target)));
  on("page", ({ value }) => (choice, board) => pageChange(value, choice, board));
  on("window", ({ value }) => () => ({ window: value }));
  on("groups", ({ name, value }) => (choice, board) => groupChange(name, value, choice, board));
  on("lang", ({ value }) => () => ({ lang: value }));
  on("theme", ({ value }) => () => ({ theme: value === "auto" ? null : value }));
  element("choice").addEventListener("submit", (event) => event.preventDefault());
}

/** Who chooses a page wants to stay there; which of what is listed is chosen, a page of these says itself. */
function pageChange(value, { group }, board) {
  const left = isOfListed(value, board) ? board?.table_dimension : groupOf(value)?.[0];
  return { pages: [value], rotate: null, group: without(group, left) };
}

/** Another group of one dimension: pages that say which it is are left. */
function groupChange(name, value, { group, pages }, board) {
  const says = (page) => groupOf(page)?.[0] === name || (page === "teams" && name === board.table_dimension);
  const staying = pages.filter((page) => !says(page));
  const [own, of] = groupOf(staying[0]) ?? [];
  const shown = own === undefined ? group : { ...group, [own]: of };
  const wanted = value === "" ? without(shown, name) : { ...shown, [name]: value.slice(1) };
  const { choices, dimensions, groups } = offeredOn(staying[0], board);
  // What other pages are told apart by stays for them.
  const [here, elsewhere] = [true, false].map((is) => kept(wanted, (it) => dimensions.includes(it) === is));
  const there = { groups: groupsOf(staying[0], { ...board, groups }), choices };
  const fitting = { ...elsewhere, ...fittingGroup(here, name, there) };
  if (own !== undefined && fitting[own] !== of) return { group: fitting, pages: staying.slice(1) };
  const left = own === undefined ? fitting : without(fitting, own);
  // On a round the reader stays where he is.
  return staying.length === pages.length ? { group: left } : { group: left, pages: staying };
}

/** Fill the lists from the board, and show what is chosen; `group` is what the board is of, chosen or not. */
export function drawChoices(board, choice, { say, format, group, page }) {
  const offered = [...new Set([...offeredPages(board), page])];
  const tableOf = board?.table_dimension ?? undefined;
  options(element("page"), offered.map((name) => [name, pageWords(name, say, tableOf)]), page);
  const windows = board?.windows ?? [];
  const window = choice.window ?? board?.selection.window ?? "";
  const listed = windows.map((name) => [name, windowWords(name, say, format)]);
  options(element("window"), withChosen(listed, [window, window]), window);
  const { choices = {} } = offeredOn(page, board);
  const dimensions = Object.keys(choices);
  drawGroups(element("groups"), dimensions, say);
  for (const dimension of dimensions) {
    const entry = (name) => [`=${name}`, name || say("choice.none")];
    const names = choices[dimension].map(entry);
    const chosen = group[dimension] === undefined ? ["", say("choice.all")] : entry(group[dimension]);
    options(element(`by-${dimension}`), withChosen([["", say("choice.all")], ...names], chosen), chosen[0]);
  }
  options(element("lang"), LANGUAGES.map((texts) => [texts.language, texts["language.name"]]), say("language"));
  options(element("theme"), THEMES.map((name) => [name, say(`theme.${name}`)]), choice.theme ?? "auto");
}

/** "15m" as "Last 15 minutes", "1h" as "Last hour", "last_100" as "Last 100 answers". */
export function windowWords(name, say, format) {
  if (name === "today" || name === "quarter" || name === "total") return say(`window.${name}`);
  const answers = /^last_(\d+)$/.exec(name);
  if (answers) return say("window.answers", { n: Number(answers[1]) });
  const seconds = windowSeconds(name);
  if (!seconds) return name;
  const [[n, unit]] = pieces(seconds);
  return say("window.last", { n, span: format.span(seconds), unit: format.unit(unit) });
}

/** The table divides what is chosen by what it lists: it needs the groups of both. */
function groupsOf(page, { groups, table_dimension: listed }) {
  if (page !== "teams") return groups;
  const divided = groups.filter((by) => by.split("_").includes(listed));
  const rest = divided.map((by) => by.split("_").filter((name) => name !== listed).join("_") || "all");
  return rest.filter((by) => by === "all" || groups.includes(by));
}

const without = (group, name) => kept(group, (other) => other !== name);

function kept(group, isKept) {
  return Object.fromEntries(Object.entries(group).filter(([name]) => isKept(name)));
}

/** A list for each dimension: made once, and again in another language. */
function drawGroups(place, dimensions, say) {
  const signature = JSON.stringify([dimensions, say("language")]);
  if (place.dataset.signature === signature) return;
  place.dataset.signature = signature;
  place.replaceChildren(
    ...dimensions.map((dimension) => {
      const [label, words, list] = ["label", "span", "select"].map((kind) => document.createElement(kind));
      words.textContent = dimensionWords(dimension, say);
      Object.assign(list, { id: `by-${dimension}`, name: dimension });
      label.append(words, list);
      return label;
    }),
  );
}

/** What is chosen stays in the list even where the board has no such group (any more). */
function withChosen(listed, chosen) {
  return listed.some(([key]) => key === chosen[0]) ? listed : [...listed, chosen];
}

function options(list, wanted, chosen) {
  const signature = JSON.stringify(wanted);
  // Rebuilding an open list would close it under the reader's hand.
  if (list.dataset.signature !== signature) {
    list.dataset.signature = signature;
    list.replaceChildren(...wanted.map(([key, text]) => new Option(text, key)));
  }
  if (list.value !== chosen) list.value = chosen;
}
