// What a tile says. Pure: a tile of the board in, texts out.

import { dimensionWords } from "./groups.js";

/** All texts of a tile. `value` is the number to show: that of a running wait differs from the board's. */
export function tileWords(tile, { say, format, value, channel }) {
  return {
    title: say(`tile.${tile.metric}`),
    about: about(tile, { say, format, value, channel }),
    value: value === null ? [{ text: "–", unit: false }] : format.value(tile.unit, value, tile),
    target: targetWords(tile, say, format),
    benchmarks: benchmarkWords(tile, say, format),
    sources: (tile.benchmarks ?? []).map(({ name, source }) => `${name}: ${source}`).join("\n"),
    samples: samplesWords(tile, say),
    trend: trendWords(tile, say, format),
  };
}

export function targetWords({ target, at_most: atMost, unit }, say, format) {
  // That there is none, the judgement says.
  if (target === null || target === undefined) return "\u00a0";
  return say(atMost ? "target.at_most" : "target.at_least", { value: format.target(unit, target) });
}

/** "united_states 74.4%: +5.6%": what others reach, and how far above it the number is. */
export function benchmarkWords({ benchmarks, unit }, say, format) {
  const words = (benchmarks ?? []).map(({ name, value, distance }) =>
    say(distance === null ? "benchmark.alone" : "benchmark.distance", {
      name, value: format.target(unit, value), distance: distance === null ? "" : format.distance(unit, distance),
    }),
  );
  return words.join(say("list.separator"));
}

function about(tile, { say, format, value, channel }) {
  const { metric, statistic, since, parts, answer_within_seconds: within } = tile;
  if (statistic === "oldest" && value === 0 && !since) return say("about.nobody");
  const [, percent] = /^p(\d+)$/.exec(statistic) ?? [];
  return say(`about.${metric}`, {
    share: percent ? format.text("ratio", percent / 100) : "",
    times: within ? withinWords(within, { say, format, channel }) : "",
    ...partWords(parts, format),
  });
}

/** Each part that a number is made of as a share; a dash where there is none. */
function partWords(parts, format) {
  const share = (part) => (part === null ? "–" : format.text("ratio", part));
  return Object.fromEntries(Object.entries(parts ?? {}).map(([name, part]) => [name, share(part)]));
}

/** "20 s, chat 1 m": the limit of the chosen channel, or of all channels that have one of their own. */
function withinWords({ default: usual, ...own }, { say, format, channel }) {
  const time = (seconds) => format.text("seconds", seconds);
  if (channel !== null && channel !== undefined) return time(own[channel] ?? usual);
  const exceptions = Object.entries(own)
    .filter(([, seconds]) => seconds !== usual)
    .map(([name, seconds]) => say("about.times.except", { name, time: time(seconds) }));
  return [time(usual), ...exceptions].join(say("list.separator"));
}

function samplesWords(tile, say) {
  // What holds now has no window, and so no samples.
  if (!tile.samples) return say("samples.now");
  const whole = tile.denominator ?? tile.count ?? 0;
  if (!whole) return say("samples.none");
  const samples = say(`samples.${tile.numerator === undefined ? "" : "of_"}${tile.samples}`, { n: whole, part: tile.numerator ?? 0 });
  return tile.judgement === "too_few" ? say("samples.too_few", { samples, least: tile.min_samples }) : samples;
}

function trendWords({ unit, trend, currency, has_trend: hasTrend }, say, format) {
  if (hasTrend === false) return "";
  const known = (trend?.values ?? []).filter((value) => value !== null);
  if (known.length < 2) return say("trend.none");
  const text = (value) => format.text(unit, value, currency);
  return say("trend.text", {
    span: format.span(trend.step_seconds * trend.values.length),
    first: text(known[0]),
    last: text(known.at(-1)),
    low: text(Math.min(...known)),
    high: text(Math.max(...known)),
  });
}

/** Name of a group: "All contacts", "Channel phone · Team billing"; on the page of customers "All customers". */
export function groupWords(segment, say, page = "") {
  const names = Object.entries(segment).map(([dimension, name]) =>
    say("group.named", { dimension: dimensionWords(dimension, say), name: name || say("choice.none") }),
  );
  return names.join(" · ") || say(page === "customers" ? "group.customers" : "group.all");
}
