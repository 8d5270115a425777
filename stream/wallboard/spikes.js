// The strip of spikes, of abandonment and of watched ratios: that of the shown group first, then the worst; what is over
// only for a while.

import { groupWords } from "./words.js";

export const OVER_SECONDS = 600;
const MOST_LINES = 2;
const WEIGHT = { critical: 2, warning: 1 };

/**
 * Alerts to show. Firing ones first: of the group that `selection` shows, of all, by severity, by how many gave up.
 * Those that are over come last, the newest first, and only until OVER_SECONDS after.
 */
export function chosenAlerts(alerts, nowMs, selection) {
  const over = alerts.filter(
    (alert) => alert.status === "resolved" && nowMs - Date.parse(alert.resolved) < OVER_SECONDS * 1000,
  );
  const ranked = firingOf(alerts).map((alert) => ({ alert, rank: rank(alert, selection) }));
  ranked.sort((a, b) => compare(a.rank, b.rank));
  over.sort((a, b) => Date.parse(b.resolved) - Date.parse(a.resolved));
  return [...ranked.map(({ alert }) => alert), ...over];
}

/** The severity of the worst that goes on, "" where nothing does. */
export function worstSeverity(alerts) {
  const found = firingOf(alerts).map(({ severity }) => severity);
  return found.reduce((worst, severity) => (weight(severity) > weight(worst) ? severity : worst), "");
}

/** True of an alert of a ratio that the settings name; its words are of no abandonment. */
export const isOfRatio = ({ kind }) => kind === "ratio_spike";

/** How bad it is, in words. */
export const severityWords = (alert, say) =>
  say(isOfRatio(alert) ? `ratio.${alert.severity}` : `spike.${alert.severity}`);

/** Whose it is: the group, and before it the ratio, where it is of one. */
export function ownerWords(alert, say) {
  const group = groupWords(alert.segment, say);
  return isOfRatio(alert) ? `${alert.ratio} · ${group}` : group;
}

const firingOf = (alerts) => alerts.filter(({ status }) => status === "firing");
const weight = (severity) => WEIGHT[severity] ?? 0;

/** What comes first has the smaller values. */
function rank({ by, segment, severity, abandoned, alert: key }, selection) {
  const own = by === selection?.by && Object.entries(segment).every(([name, value]) => selection.segment[name] === value);
  return [own ? 0 : 1, by === "all" ? 0 : 1, -weight(severity), -abandoned, key];
}

function compare(a, b) {
  const place = a.findIndex((value, at) => value !== b[at]);
  return place < 0 ? 0 : a[place] < b[place] ? -1 : 1;
}

/** Draw the strip into `place`; hidden where there is nothing to say. */
export function drawSpikes(place, alerts, { say, format, nowMs, selection }) {
  const chosen = chosenAlerts(alerts, nowMs, selection);
  const shown = chosen.slice(0, MOST_LINES).map((alert) => line(alert, say, format));
  // Only what goes on: "more" in red must not mean what is over.
  const more = chosen.slice(MOST_LINES).filter((alert) => alert.status === "firing").length;
  if (more > 0) shown.at(-1).append(piece("more", say("spike.more", { n: more })));
  const signature = shown.map((node) => node.outerHTML).join("");
  // Redrawn only when it differs: a reader's selection or a screen reader's place would be lost.
  if (place.dataset.signature !== signature) {
    place.dataset.signature = signature;
    place.replaceChildren(...shown);
  }
  place.setAttribute("aria-label", say("spike.title"));
  place.hidden = shown.length === 0;
}

function line(alert, say, format) {
  const node = document.createElement("li");
  const firing = alert.status === "firing";
  // Rows of before the field was there have no word of it.
  const assumed = alert.baseline?.is_established === false;
  node.className = "spike";
  node.dataset.status = alert.status;
  node.dataset.severity = alert.severity;
  node.append(
    icon(firing ? "spike" : "on_target"),
    piece("severity", firing ? severityWords(alert, say) : say("spike.resolved")),
    piece("group", ownerWords(alert, say)),
    piece("numbers", firing ? numbers(alert, assumed, say, format) : over(alert, say, format)),
  );
  if (firing && assumed) node.append(piece("baseline", say("spike.no_baseline")));
  if (firing) node.append(piece("since", say("spike.since", { time: format.clock(new Date(alert.onset)) })));
  return node;
}

/** Without a baseline nothing is expected: what the share was compared with is assumed. */
function numbers(alert, assumed, say, format) {
  const { abandoned, count, value, expected } = alert;
  const share = (ratio) => format.text("ratio", ratio);
  const key = isOfRatio(alert) ? "ratio.line" : assumed ? "spike.line.assumed" : "spike.line";
  return say(key, { abandoned, count, value: share(value), expected: share(expected) });
}

const over = (alert, say, format) =>
  say(isOfRatio(alert) ? "ratio.over" : "spike.resolved.line", { time: format.clock(new Date(alert.resolved)) });

function piece(name, text) {
  const node = document.createElement("span");
  node.className = name;
  node.textContent = text;
  return node;
}

/** A drawing from the page's set; words beside it say the same. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const node = document.createElementNS(space, "svg");
  node.setAttribute("class", "icon");
  node.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#icon-${name}`);
  node.append(use);
  return node;
}
