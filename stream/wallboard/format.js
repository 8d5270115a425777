// Numbers as people read them. Pure functions; a value is a list of [text, unit] pairs, largest unit first.

export function duration(seconds) {
  if (seconds < 9.95) return [[trim(seconds), "s"]];
  const whole = Math.round(seconds);
  if (whole < 60) return [[`${whole}`, "s"]];
  if (whole < 3600) return pair(whole, 60, "m", "s");
  const minutes = Math.round(whole / 60);
  if (minutes < 1440) return pair(minutes, 60, "h", "m");
  return pair(Math.round(whole / 3600), 24, "d", "h");
}

export function share(ratio) {
  const percent = ratio * 100;
  // 99.96 % must not read as 100: full marks are for those who have them.
  const shown = percent > 0 && percent < 100 ? Math.min(99.9, Math.max(0.1, percent)) : percent;
  return [[shown.toFixed(percent === 0 || percent === 100 ? 0 : 1), "%"]];
}

export function count(number) {
  return [[number.toLocaleString("en-US").replaceAll(",", "\u202f"), ""]];
}

export function span(seconds) {
  return duration(seconds).map(([text, unit]) => `${text}\u00a0${unit}`).join(" ");
}

export function windowTitle(name) {
  if (name === "today") return "Today";
  if (name === "total") return "All time";
  const [, number, unit] = /^(\d+)([mhd])$/.exec(name) ?? [];
  const word = { m: "minute", h: "hour", d: "day" }[unit];
  if (!word) return name;
  return number === "1" ? `Last ${word}` : `Last ${number} ${word}s`;
}

function trim(seconds) {
  return seconds === 0 ? "0" : seconds.toFixed(1).replace(/\.0$/, "");
}

function pair(total, base, large, small) {
  const rest = total % base;
  const parts = [[`${Math.floor(total / base)}`, large]];
  if (rest) parts.push([`${rest}`, small]);
  return parts;
}
