// What a tile says. Pure: a tile of the board in, texts out.

const SAMPLES = {
  service_level: "samples.of_contacts",
  abandonment: "samples.of_contacts",
  csat: "samples.of_answers",
  first_response_time: "samples.responses",
  resolution_time: "samples.tickets",
};
export const LEVELS = ["waiting_contacts", "longest_wait", "open_tickets"];
const PERCENTILE = 0.9;

/** All texts of a tile. `value` is the number to show: that of a running wait differs from the board's. */
export function tileWords(tile, { say, format, value, channel }) {
  return {
    title: say(`tile.${tile.metric}`),
    about: about(tile, { say, format, value, channel }),
    value: value === null ? [{ text: "–", unit: false }] : format.value(tile.unit, value, tile),
    target: targetWords(tile, say, format),
    samples: samplesWords(tile, say),
    trend: trendWords(tile, say, format),
  };
}

export function targetWords({ target, at_most: atMost, unit }, say, format) {
  // That there is none, the judgement says.
  if (target === null || target === undefined) return "\u00a0";
  return say(atMost ? "target.at_most" : "target.at_least", { value: format.target(unit, target) });
}

function about(tile, { say, format, value, channel }) {
  if (tile.metric === "longest_wait" && value === 0 && !tile.since) return say("about.longest_wait.nobody");
  if (tile.metric !== "service_level") return say(`about.${tile.metric}`, { share: format.text("ratio", PERCENTILE) });
  return say("about.service_level", { times: withinWords(tile.answer_within_seconds ?? {}, { say, format, channel }) });
}

/** "20 s, chat 1 m": the limit of the chosen channel, or of all channels that have one of their own. */
function withinWords({ default: usual, ...own }, { say, format, channel }) {
  const time = (seconds) => format.text("seconds", seconds);
  if (channel !== null && channel !== undefined) return time(own[channel] ?? usual);
  const exceptions = Object.entries(own)
    .filter(([, seconds]) => seconds !== usual)
    .map(([name, seconds]) => say("about.service_level.except", { name, time: time(seconds) }));
  return [time(usual), ...exceptions].join(say("list.separator"));
}

function samplesWords(tile, say) {
  if (LEVELS.includes(tile.metric)) return say("samples.now");
  const whole = tile.denominator ?? tile.count ?? 0;
  if (!whole) return say("samples.none");
  const samples = say(SAMPLES[tile.metric], { n: whole, part: tile.numerator ?? 0 });
  return tile.judgement === "too_few" ? say("samples.too_few", { samples, least: tile.min_samples }) : samples;
}

function trendWords({ unit, trend }, say, format) {
  const known = (trend?.values ?? []).filter((value) => value !== null);
  if (known.length < 2) return say("trend.none");
  const text = (value) => format.text(unit, value);
  return say("trend.text", {
    span: format.span(trend.step_seconds * trend.values.length),
    first: text(known[0]),
    last: text(known.at(-1)),
    low: text(Math.min(...known)),
    high: text(Math.max(...known)),
  });
}

/** Name of a group: "All contacts", "Channel phone · Team billing". */
export function groupWords(segment, say) {
  const names = Object.entries(segment).map(([dimension, name]) =>
    say(`group.${dimension}`, { name: name || say("choice.none") }),
  );
  return names.join(" · ") || say("group.all");
}
