// Numbers as people of a language read them. A value is a list of parts, {text, unit}: units are drawn smaller.

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** Formatters of one language. */
export function formats(language) {
  const decimals = new Intl.NumberFormat(language);
  const percents = new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const round = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const exact = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const dated = new Intl.DateTimeFormat(language, {
    month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  const units = {};
  const inUnit = (unit, width) =>
    (units[unit + width] ??= new Intl.NumberFormat(language, {
      style: "unit", unit, unitDisplay: width, maximumFractionDigits: 1,
    }));

  const count = (number) => parts(decimals, number);

  function share(ratio) {
    if (ratio <= 0 || ratio >= 1) return parts(round, ratio);
    // 99.96 % must not read as 100: full marks are for those who have them.
    return parts(percents, Math.min(0.999, Math.max(0.001, ratio)));
  }

  function duration(seconds) {
    return pieces(seconds).flatMap(([number, unit]) => parts(inUnit(unit, "narrow"), number));
  }

  return {
    count,
    share,
    duration,
    /** A value of one of the board's units: "ratio", "seconds" or "count". */
    value: (unit, number) => (unit === "ratio" ? share : unit === "seconds" ? duration : count)(number),
    /** The same as running text. A target of 0.8 is 80 %, not 80.0 %. */
    text: (unit, number) =>
      unit === "ratio" ? round.format(number) : unit === "seconds" ? spoken(duration(number)) : decimals.format(number),
    /** "15 minutes", in words. */
    span: (seconds) => pieces(seconds).map(([number, unit]) => inUnit(unit, "long").format(number)).join(" "),
    /** "minute": what one of a unit is called. */
    unit: (unit) => inUnit(unit, "long").formatToParts(1).find(({ type }) => type === "unit").value,
    /** "2 s": an age, in whole seconds. */
    age: (seconds) => spoken(duration(Math.floor(seconds))),
    clock: (date) => clock.format(date),
    exactClock: (date) => exact.format(date),
    dated: (date) => dated.format(date),
  };
}

/** Seconds as at most two units, the largest first; what is rounded away is under 1 % of the whole. */
export function pieces(seconds) {
  if (seconds < 9.95) return [[Math.round(seconds * 10) / 10, "second"]];
  const whole = Math.round(seconds);
  if (whole < MINUTE) return [[whole, "second"]];
  if (whole < HOUR) return pair(whole, MINUTE, "minute", "second");
  const minutes = Math.round(seconds / MINUTE);
  if (minutes * MINUTE < DAY) return pair(minutes, 60, "hour", "minute");
  return pair(Math.round(seconds / HOUR), 24, "day", "hour");
}

/** "15m" as seconds; null for names that are no span, such as "today". */
export function windowSeconds(name) {
  const [, number, unit] = /^(\d+)([smhd])$/.exec(name) ?? [];
  return unit ? Number(number) * { s: 1, m: MINUTE, h: HOUR, d: DAY }[unit] : null;
}

export const spoken = (shown) =>
  shown.map(({ text, unit }, place) => (unit && place < shown.length - 1 ? `${text}\u00a0` : text)).join("");

function parts(format, number) {
  const found = [];
  for (const { type, value } of format.formatToParts(number)) {
    const unit = type === "unit" || type === "percentSign";
    if (type === "literal" && !value.trim()) continue;
    const last = found.at(-1);
    if (last && last.unit === unit) last.text += value;
    else found.push({ text: value, unit });
  }
  return found;
}

function pair(total, base, large, small) {
  const rest = total % base;
  const first = [Math.floor(total / base), large];
  return rest ? [first, [rest, small]] : [first];
}
