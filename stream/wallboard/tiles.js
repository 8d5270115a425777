// The eight tiles: made once, then changed in place.

import { icon } from "./spikes.js";
import { Trend } from "./trend.js";
import { widthInEm } from "./width.js";
import { tileWords } from "./words.js";

export const METRICS = [
  "service_level", "abandonment", "first_response_time", "resolution_time",
  "csat", "waiting_contacts", "longest_wait", "open_tickets",
];
// Units shrink before figures do: it is the figures that are read from afar.
const UNIT_SIZE = 0.42;
const SMALL_UNIT_SIZE = 0.27;
const LONG_IN_EM = 3;
const BLANK = { unit: "count", value: null, target: null, judgement: "no_data", count: null, trend: null };

/** All tiles, in `place`, from the page's template. */
export class Tiles {
  #tiles = new Map();

  constructor(place, template) {
    for (const metric of METRICS) {
      const node = template.content.firstElementChild.cloneNode(true);
      const title = node.querySelector("h2");
      title.id = `title-${metric}`;
      node.dataset.metric = metric;
      node.setAttribute("aria-labelledby", title.id);
      place.append(node);
      this.#tiles.set(metric, { node, trend: new Trend(node.querySelector(".trend")) });
    }
  }

  /** Show a board, or blank tiles without one. `context`: say, format, channel, and `nowMs` where waits run on. */
  draw(board, context) {
    for (const [metric, { node, trend }] of this.#tiles) {
      const tile = board?.tiles?.find((tile) => tile.metric === metric) ?? { ...BLANK, metric };
      const value = shownValue(tile, context.nowMs);
      const words = tileWords(tile, { ...context, value });
      drawHead(node, tile, words, context.say);
      drawValue(node.querySelector(".value"), value, words.value);
      text(node, ".target", words.target);
      text(node, ".samples", words.samples);
      trend.show(tile, words.trend);
    }
  }

  /** Only what runs on by itself. */
  tick(board, context) {
    const tile = board?.tiles?.find((tile) => tile.since);
    if (!tile) return;
    const value = shownValue(tile, context.nowMs);
    drawValue(this.#tiles.get(tile.metric).node.querySelector(".value"), value, context.format.value(tile.unit, value, tile));
  }

  repaint() {
    for (const { trend } of this.#tiles.values()) trend.repaint();
  }
}

function shownValue(tile, nowMs) {
  if (!tile.since || !nowMs) return tile.value ?? null;
  return Math.max(0, Math.floor((nowMs - Date.parse(tile.since)) / 1000));
}

function drawHead(node, tile, words, say) {
  const judgement = say(`judgement.${tile.judgement}`);
  node.dataset.judgement = tile.judgement;
  node.dataset.spike = tile.spike ?? "";
  text(node, "h2", words.title);
  text(node, ".about", words.about);
  badge(node.querySelector(".judgement"), tile.judgement, judgement);
  const spike = node.querySelector(".spike-badge");
  spike.hidden = !tile.spike;
  if (tile.spike) badge(spike, "spike", say(`spike.${tile.spike}`));
}

function badge(node, name, words) {
  const signature = `${name} ${words}`;
  if (node.dataset.signature === signature) return;
  node.dataset.signature = signature;
  node.replaceChildren(icon(name), document.createTextNode(words));
}

function drawValue(node, value, shown) {
  const signature = JSON.stringify(shown);
  node.value = value ?? "";
  if (node.dataset.signature === signature) return;
  node.dataset.signature = signature;
  // The style sheet makes the figures as large as the tile's height and this width allow.
  const unitSize = widthInEm(shown, UNIT_SIZE) > LONG_IN_EM ? SMALL_UNIT_SIZE : UNIT_SIZE;
  node.style.setProperty("--unit", `${unitSize}em`);
  node.style.setProperty("--ems", (Math.ceil(widthInEm(shown, unitSize) * 100) / 100).toFixed(2));
  node.replaceChildren(
    ...shown.map(({ text, unit }) => {
      const part = document.createElement("span");
      part.className = unit ? "unit" : "figure";
      part.textContent = text;
      return part;
    }),
  );
}

function text(node, place, words) {
  const found = node.querySelector(place);
  if (found.textContent !== words) found.textContent = words;
}
