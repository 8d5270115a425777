// The lists a reader chooses from. A list's "" is "all"; a name has "=" before it, for a name may be empty.

import { pieces, windowSeconds } from "./format.js";
import { LANGUAGES } from "./language.js";
import { offeredPages, pageWords, teamOf } from "./pages.js";

const THEMES = ["auto", "light", "dark"];
const element = (id) => document.getElementById(id);

/** Call `changed(choice)` with what the reader chose. */
export function listen(changed) {
  const on = (name, read) => element(name).addEventListener("change", (event) => changed(read(event.target.value)));
  // Who chooses a page wants to stay there.
  on("page", (value) => ({ pages: [value], rotate: null, ...(isOfTeams(value) ? { team: null } : {}) }));
  on("window", (value) => ({ window: value }));
  on("channel", (value) => ({ channel: named(value) }));
  on("team", (value) => ({ team: named(value), pages: (pages) => pages.filter((page) => !isOfTeams(page)) }));
  on("lang", (value) => ({ lang: value }));
  on("theme", (value) => ({ theme: value === "auto" ? null : value }));
  element("choice").addEventListener("submit", (event) => event.preventDefault());
}

/** Fill the lists from the board, and show what is chosen; `group` is what the board is of, chosen or not. */
export function drawChoices(board, choice, { say, format, group, page }) {
  const offered = [...new Set([...offeredPages(board), page])];
  options(element("page"), offered.map((name) => [name, pageWords(name, say)]), page);
  const windows = board?.windows ?? [];
  const window = choice.window ?? board?.selection.window ?? "";
  const listed = windows.map((name) => [name, windowWords(name, say, format)]);
  options(element("window"), withChosen(listed, [window, window]), window);
  for (const dimension of ["channel", "team"]) {
    const entry = (name) => [`=${name}`, name || say("choice.none")];
    const names = (board?.choices?.[dimension] ?? []).map(entry);
    const chosen = group[dimension] === undefined ? ["", say("choice.all")] : entry(group[dimension]);
    options(element(dimension), withChosen([["", say("choice.all")], ...names], chosen), chosen[0]);
  }
  options(element("lang"), LANGUAGES.map((texts) => [texts.language, texts["language.name"]]), say("language"));
  options(element("theme"), THEMES.map((name) => [name, say(`theme.${name}`)]), choice.theme ?? "auto");
}

/** "15m" as "Last 15 minutes", "1h" as "Last hour". */
export function windowWords(name, say, format) {
  if (name === "today" || name === "quarter" || name === "total") return say(`window.${name}`);
  const seconds = windowSeconds(name);
  if (!seconds) return name;
  const [[n, unit]] = pieces(seconds);
  return say("window.last", { n, span: format.span(seconds), unit: format.unit(unit) });
}

const isOfTeams = (page) => page === "teams" || teamOf(page) !== null;
const named = (value) => (value === "" ? null : value.slice(1));

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
