// The small chart of a tile: the last values, the target as a dashed line, and benchmarks as dotted ones.

import uPlot from "./vendor/uPlot.esm.js";

const LEAST_SPAN = { ratio: 0.1, seconds: 10, count: 4, points: 20, money: 1 };
const MARGIN = 0.12;
const TARGET_NEAR = 3;

/** One chart in `place`, which sets its size. */
export class Trend {
  #place;
  #plot = null;
  #tile = null;
  #drawn = "";

  constructor(place) {
    this.#place = place;
    new ResizeObserver(() => this.#fit()).observe(place);
  }

  /** Show the trend of a tile; `words` say the same to those who do not see it. */
  show(tile, words) {
    this.#place.hidden = tile.has_trend === false;
    this.#place.setAttribute("aria-label", words);
    const drawn = JSON.stringify([tile.trend, aims(tile)]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#tile = tile;
    if (this.#plot?.series.length === 2 + aims(tile).length) {
      this.#plot.setData(columns(tile));
      return;
    }
    this.#plot?.destroy();
    this.#plot = null;
    this.#make();
  }

  /** Draw again, in the colours that hold now. */
  repaint() {
    this.#plot?.redraw(false);
  }

  #size() {
    return { width: this.#place.clientWidth, height: this.#place.clientHeight };
  }

  #fit() {
    const size = this.#size();
    if (!size.width || !size.height) return;
    if (this.#plot) this.#plot.setSize(size);
    else this.#make();
  }

  #make() {
    const size = this.#size();
    if (!this.#tile || !size.width || !size.height) return;
    const colour = (name) => () => getComputedStyle(this.#place).getPropertyValue(name).trim();
    const options = {
      ...size,
      padding: [4, 6, 4, 6],
      cursor: { show: false },
      legend: { show: false },
      select: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: { x: { time: false }, y: { range: () => range(this.#tile) } },
      series: [
        {},
        { stroke: colour("--trend"), fill: colour("--trend-fill"), width: 2.5, points: points(colour("--trend")) },
        ...aims(this.#tile).map((_, place) => ({
          stroke: colour("--quiet"), width: 1.5, dash: place ? [1.5, 4] : [6, 5], points: { show: false },
        })),
      ],
    };
    this.#plot = new uPlot(options, columns(this.#tile), this.#place);
  }
}

/** Lines to compare with: the target, then each benchmark. */
const aims = ({ target, benchmarks }) => [target ?? null, ...(benchmarks ?? []).map(({ value }) => value)];

function columns(tile) {
  const { trend } = tile;
  const values = trend?.values ?? [];
  const times = values.map((_, place) => trend.start + place * trend.step_seconds);
  return [times, values, ...aims(tile).map((aim) => times.map(() => aim))];
}

/** The last value, and those that have no neighbour to draw a line to. */
function points(stroke) {
  return {
    show: true,
    size: 7,
    fill: stroke,
    stroke,
    filter: (plot, series) => {
      const values = plot.data[series];
      const last = values.findLastIndex((value) => value !== null);
      return values.flatMap((value, place) => {
        const alone = (values[place - 1] ?? null) === null && (values[place + 1] ?? null) === null;
        return value !== null && (alone || place === last) ? [place] : [];
      });
    },
  };
}

/** Lowest and highest of the scale: never so close that noise looks like news, and with target and benchmarks that are near. */
export function range({ unit, target, benchmarks, trend }) {
  const known = (trend?.values ?? []).filter((value) => value !== null);
  if (!known.length) return [0, 1];
  let [low, high] = [Math.min(...known), Math.max(...known)];
  const near = TARGET_NEAR * Math.max(high - low, LEAST_SPAN[unit]);
  const close = aims({ target, benchmarks }).filter((aim) => aim !== null && aim >= low - near && aim <= high + near);
  [low, high] = [Math.min(low, ...close), Math.max(high, ...close)];
  const lack = LEAST_SPAN[unit] - (high - low);
  if (lack > 0) [low, high] = [low - lack / 2, high + lack / 2];
  const margin = (high - low) * MARGIN;
  // Only points may be less than nothing.
  if (unit === "points") return [low - margin, high + margin];
  if (low < 0) [low, high] = [0, high - low];
  return [Math.max(low - margin, 0), high + margin];
}
