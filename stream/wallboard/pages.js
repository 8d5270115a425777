// The pages: what they are called in an address, and going round them.

const TEAM_PAGE = "team:";
const FIRST = "overview";
export const LEAST_SECONDS = 5;
export const MOST_SECONDS = 3600;

/** The team that a page is of; null for a page that is of none. */
export const teamOf = (page) => (page?.startsWith(TEAM_PAGE) ? page.slice(TEAM_PAGE.length) : null);

export const pageOfTeam = (team) => TEAM_PAGE + team;

/** Seconds that each page stays: null where nobody asked for it, NaN for what is no number of seconds. */
export function rotateSeconds(text) {
  if (text === null || text === undefined) return null;
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  return seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS ? seconds : NaN;
}

/** All pages that a board offers, in their order: where a team is chosen not those of others. */
export function offeredPages(board, team = null) {
  const pages = (board?.pages ?? [FIRST]).filter((name) => name !== "team" && (team === null || name !== "teams"));
  const teams = team === null && pages.includes("teams") ? board.choices?.team ?? [] : [];
  return [...pages, ...teams.filter(Boolean).map(pageOfTeam)];
}

/** The page after `shown`; itself where there is no other. */
export function pageAfter(shown, pages) {
  return pages.length ? pages[(pages.indexOf(shown ?? FIRST) + 1) % pages.length] : shown;
}

/** What a page is called. */
export function pageWords(page, say) {
  const team = teamOf(page);
  return team === null ? say(`page.${page ?? FIRST}`) : say("group.team", { name: team });
}
