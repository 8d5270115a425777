// What the page says about itself: how fresh it is, what is wrong, and what happens next.

import { isGrey } from "./freshness.js";
import { LEAST_SECONDS, MOST_SECONDS, rotateSeconds } from "./pages.js";

const ICONS = { calm: "icon.svg", spike: "icon-spike.svg", trouble: "icon-trouble.svg" };

/** The line in the corner: level in words, colour and shape, and the age of the numbers. */
export function drawFreshness(place, { board, level, age, say, format }) {
  const known = { never: "fresh.lost", refused: "fresh.waiting" }[level] ?? `fresh.${level}`;
  const time = board?.watermark ? format.dated(new Date(board.watermark)) : "";
  put(place, say(known, { age: age === null ? "" : format.age(age), time }));
  place.dataset.level = level;
}

/** The banner over a grey board; gives its text, "" where there is none. */
export function drawBanner(place, { board, level, since, link, say, format }) {
  place.hidden = !isGrey(level);
  if (place.hidden) return "";
  const key = level === "lost" && link === "silent" ? "silent" : level;
  const title = say(`banner.${level}.title`);
  const numbers = level === "lost" && board.watermark ? say("banner.numbers", { time: numbersTime(board, format) }) : "";
  const text = say(`banner.${key}.text`, { numbers, time: since ? format.exactClock(since) : "" });
  put(place.querySelector("strong"), title);
  put(place.querySelector("span"), text);
  return `${title}. ${text}`;
}

function numbersTime({ clock, watermark }, format) {
  const time = new Date(watermark);
  return clock === "event" ? format.dated(time) : format.exactClock(time);
}

/** What of the address was not understood, so that a view that was meant is not taken for the one that is shown. */
export function drawMistaken(place, { names, rotate }, say) {
  const sentences = [];
  if (names.length) sentences.push(say("address.unknown", { names: names.join(say("list.separator")) }));
  if (Number.isNaN(rotateSeconds(rotate))) {
    sentences.push(say("address.rotate", { value: rotate, least: LEAST_SECONDS, most: MOST_SECONDS }));
  }
  place.hidden = sentences.length === 0;
  put(place, sentences.join(" "));
}

/** "live" where there are numbers to show; otherwise why there are none. */
export function shownState({ board, level }) {
  if (level === "refused") return "refused";
  if (board?.missing) return board.missing;
  return board?.state ?? "loading";
}

/** The card where there are no numbers to show: loading, empty, elsewhere, refused. Gives whether it is there. */
export function drawNotice(place, { board, level, reason, say }) {
  const state = shownState({ board, level });
  place.hidden = state === "live" || isGrey(level);
  if (place.hidden) return false;
  put(place.querySelector("h2"), say(`notice.${state}.title`));
  put(place.querySelector("p"), say(`notice.${state}.text`, { reason }));
  place.querySelector("button").hidden = state !== "refused";
  place.dataset.state = state;
  return true;
}

/** Title and icon of the page: what is wrong shows in a row of tabs. */
export function drawTitle({ level, say }, severity) {
  const grey = isGrey(level);
  const trouble = grey ? say(`banner.${level}.title`) : severity ? say(`spike.${severity}`) : "";
  const title = trouble ? `${grey ? "⚠" : "▲"} ${trouble} – Deskpulse` : "Deskpulse";
  if (document.title !== title) document.title = title;
  const link = document.querySelector('link[rel="icon"]');
  const icon = grey ? ICONS.trouble : severity ? ICONS.spike : ICONS.calm;
  if (link.getAttribute("href") !== icon) link.setAttribute("href", icon);
}

function put(node, words) {
  if (node.textContent !== words) node.textContent = words;
}
