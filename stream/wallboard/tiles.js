// The tiles, one for each headline that the board sends, in its order: made once, then changed in place.

import { icon } from "./spikes.js";
import { behind } from "./tickets.js";
import { Trend } from "./trend.js";
import { widthInEm } from "./width.js";
import { tileWords } from "./words.js";

// Units shrink before figures do: it is the figures that are read from afar.
const UNIT_SIZE = 0.42;
const SMALL_UNIT_SIZE = 0.27;
const LONG_IN_EM = 3;
const TILES_IN_A_ROW = 5;

/** All tiles, in `place`, from the page's template; none before the first board. */
export class Tiles {
  #tiles = new Map();
  #place;
  #template;
  #listed;

  /** `listed`: called with a tile whose tickets or customers are asked for. */
  constructor(place, template, listed) {
    this.#place = place;
    this.#template = template;
    this.#listed = listed;
  }

  /** Show a board. `context`: say, format, channel, and `nowMs` where waits run on. */
  draw(board, context) {
    const tiles = board?.tiles ?? [];
    this.#place.hidden = Boolean(board?.table);
    this.#make(tiles.map(({ metric }) => metric));
    for (const tile of tiles) {
      const { node, trend } = this.#tiles.get(tile.metric);
      const value = shownValue(tile, context.nowMs);
      const words = tileWords(tile, { ...context, value });
      drawHead(node, tile, words, context.say);
      drawJudgement(node, judgedNow(tile, value), context.say);
      this.#offerTickets(node.querySelector("h2"), tile, words.title);
      drawValue(node.querySelector(".value"), value, words.value);
      text(node, ".target", words.target);
      drawBenchmarks(node.querySelector(".benchmarks"), words);
      text(node, ".samples", words.samples);
      trend.show(tile, words.trend);
    }
  }

  /** Only what runs on by itself. */
  tick(board, context) {
    for (const tile of board?.tiles ?? []) {
      if (!tile.since) continue;
      const value = shownValue(tile, context.nowMs);
      const { node } = this.#tiles.get(tile.metric);
      drawValue(node.querySelector(".value"), value, context.format.value(tile.unit, value, tile));
      drawJudgement(node, judgedNow(tile, value), context.say);
    }
  }

  repaint() {
    for (const { trend } of this.#tiles.values()) trend.repaint();
  }

  /** Made anew only where a worker of another version sends others. */
  #make(metrics) {
    if (metrics.join() === [...this.#tiles.keys()].join()) return;
    this.#tiles = new Map(metrics.map((metric) => [metric, this.#tile(metric)]));
    this.#place.replaceChildren(...Array.from(this.#tiles.values(), ({ node }) => node));
    // The style sheet shows them on a wide screen all at once.
    const rows = metrics.length > TILES_IN_A_ROW - 1 ? Math.max(2, Math.ceil(metrics.length / TILES_IN_A_ROW)) : 1;
    this.#place.style.setProperty("--rows", rows);
    this.#place.style.setProperty("--columns", Math.ceil(metrics.length / rows));
  }

  /** The title leads to those behind it, where the board says who they are; in kiosk mode there is nothing to click. */
  #offerTickets(title, tile, words) {
    const isOffered = Boolean(behind(tile)) && !document.documentElement.hasAttribute("data-kiosk");
    const held = title.querySelector("button");
    if (!isOffered) {
      if (held) title.textContent = words;
      return;
    }
    const button = held ?? document.createElement("button");
    if (!held) {
      button.type = "button";
      button.textContent = words;
      title.replaceChildren(button);
    }
    button.onclick = () => this.#listed(tile);
  }

  #tile(metric) {
    const node = this.#template.content.firstElementChild.cloneNode(true);
    const title = node.querySelector("h2");
    title.id = `title-${metric}`;
    node.dataset.metric = metric;
    node.setAttribute("aria-labelledby", title.id);
    return { node, trend: new Trend(node.querySelector(".trend")) };
  }
}

function shownValue(tile, nowMs) {
  if (!tile.since || !nowMs) return tile.value ?? null;
  return Math.max(0, Math.floor((nowMs - Date.parse(tile.since)) / 1000));
}

/** What is judged of the number that is shown: one that runs on may be over its target before the server says so. */
export function judgedNow(tile, value) {
  if (!tile.since || !tile.target || tile.judgement === "off_target") return tile.judgement;
  if (value > tile.target) return "off_target";
  return value > tile.risk_begins ? "at_risk" : tile.judgement;
}

function drawJudgement(node, judgement, say) {
  node.dataset.judgement = judgement;
  badge(node.querySelector(".judgement"), judgement, say(`judgement.${judgement}`));
}

function drawHead(node, tile, words, say) {
  node.dataset.spike = tile.spike ?? "";
  text(node, "h2", words.title);
  text(node, ".about", words.about);
  const spike = node.querySelector(".spike-badge");
  spike.hidden = !tile.spike;
  if (tile.spike) badge(spike, "spike", say(`spike.${tile.spike}`));
}

/** What others reach; where that was read is said to whoever points at it. */
function drawBenchmarks(node, { benchmarks, sources }) {
  node.hidden = !benchmarks;
  if (node.textContent !== benchmarks) node.textContent = benchmarks;
  if (node.title !== sources) node.title = sources;
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
