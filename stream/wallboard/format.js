// Numbers as people of a language read them. A value is a list of parts, {text, unit}: units are drawn smaller.

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const UNITS = [["day", DAY], ["hour", HOUR], ["minute", MINUTE], ["second", 1]];
// What is rounded to, coarse to fine, in parts of which there are `per` in 1.
const SHARES = { per: 100_000, steps: [100, 10, 1] };
const POINTS = { per: 100, steps: [100, 10, 1] };
const DURATIONS = { per: 10, steps: [HOUR * 10, MINUTE * 10, 10, 1] };

/** Formatters of one language. */
export function formats(language) {
  const decimals = new Intl.NumberFormat(language);
  const percents = SHARES.steps.map((_, place) => percent(language, place + 1, place + 1));
  const round = percent(language, 0, 1);
  const signed = new Intl.NumberFormat(language, { signDisplay: "exceptZero", maximumFractionDigits: 2 });
  const change = new Intl.NumberFormat(language, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 0 });
  const apart = new Intl.NumberFormat(language, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 1 });
  const full = percent(language, 0, SHARES.steps.length);
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

  function share(ratio, aim) {
    const [shown, step] = beside(ratio, aim, SHARES, roundShare);
    if (shown <= 0 || shown >= 1) return parts(round, shown);
    return parts(percents[SHARES.steps.indexOf(step)], shown);
  }

  function duration(seconds, aim) {
    const steps = DURATIONS.steps.slice(DURATIONS.steps.indexOf(usualStep(seconds)));
    return inUnits(beside(seconds, aim, { ...DURATIONS, steps }, roundDuration)[0]);
  }

  const points = (number, aim) => parts(signed, beside(number, aim, POINTS, roundPoints)[0]);
  const moneys = {};
  // Nobody reads cents beside hundreds.
  const inMoney = (number, currency) => {
    const digits = Math.abs(number) < 100 ? 2 : 0;
    return (moneys[currency + digits] ??= new Intl.NumberFormat(language, {
      style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits,
    }));
  };
  const money = (number, { currency }) => parts(inMoney(number, currency), number);
  const values = { ratio: share, seconds: duration, count, points, money };

  const inUnits = (seconds) => split(seconds).flatMap(([number, unit]) => parts(inUnit(unit, "narrow"), number));

  return {
    count,
    share,
    duration,
    /**
     * A value of one of the board's units: "ratio", "seconds", "count", "points", "money". `aim`: {target, at_most} that
     * it is read beside, and the currency.
     */
    value: (unit, number, aim) => (values[unit] ?? count)(number, aim),
    /** By how much it is more or less than before: "+8%"; null where that was nothing. */
    change: (number, before) => (before ? change.format(number / before - 1) : null),
    /** The same as running text: 80 %, not 80.0 %. */
    text: (unit, number, currency) =>
      unit === "ratio"
        ? round.format(roundShare(number, SHARES.steps[0]))
        : unit === "count" ? decimals.format(number) : spoken(values[unit](number, { currency })),
    /** A target as text, as exact as numbers beside it may become. */
    target: (unit, number) =>
      unit === "ratio"
        ? full.format(roundShare(number, 1))
        : unit === "seconds" ? spoken(inUnits(roundDuration(number, 1)))
        : unit === "points" ? signed.format(number) : decimals.format(number),
    /** How far above (+) or below a benchmark a number is, as running text. */
    distance: (unit, number) =>
      unit === "ratio"
        ? apart.format(number)
        : unit === "seconds" ? `${number < 0 ? "-" : "+"}${spoken(duration(Math.abs(number)))}` : signed.format(number),
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
export const pieces = (seconds) => split(roundDuration(seconds, usualStep(seconds)));

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
    const unit = type === "unit" || type === "percentSign" || type === "currency";
    if (type === "literal" && !value.trim()) continue;
    const last = found.at(-1);
    if (last && last.unit === unit) last.text += value;
    else found.push({ text: value, unit });
  }
  return found;
}

const percent = (language, least, most) =>
  new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: least, maximumFractionDigits: most });

function usualStep(seconds) {
  const [hour, minute, second, tenth] = DURATIONS.steps;
  if (seconds < 9.95) return tenth;
  if (Math.round(seconds) < HOUR) return second;
  return Math.round(seconds / MINUTE) * MINUTE < DAY ? minute : hour;
}

/** Seconds as all units that are in them, the largest first. */
function split(seconds) {
  const found = [];
  let rest = seconds;
  for (const [unit, size] of UNITS) {
    const number = size > 1 ? Math.floor(rest / size) : rest;
    rest -= number * size;
    if (number) found.push([number, unit]);
  }
  return found.length ? found : [[0, "second"]];
}

const rounded = (number, { per }, step) => (Math.round((number * per) / step) * step) / per;
const roundPoints = (number, step) => rounded(number, POINTS, step);
const roundDuration = (seconds, step) => rounded(seconds, DURATIONS, step);

/** 99.96 % must not read as 100, nor 0.04 % as 0: full marks are for those who have them. */
function roundShare(ratio, step) {
  if (ratio <= 0 || ratio >= 1) return ratio;
  const least = step / SHARES.per;
  return Math.min(1 - least, Math.max(least, rounded(ratio, SHARES, step)));
}

/** `number` rounded to the first of `steps` that leaves it on its side of the target, and that step. */
function beside(number, { target = null, at_most: atMost } = {}, { per, steps }, round) {
  if (target === null) return [round(number, steps[0]), steps[0]];
  const misses = (it, limit) => (atMost ? it > limit : it < limit);
  const finest = steps.at(-1);
  const goal = round(target, finest);
  const missed = misses(number, target);
  for (const step of steps) {
    const shown = round(number, step);
    if (misses(shown, goal) === missed) return [shown, step];
  }
  // Nearer than can be shown.
  return [missed ? goal + (atMost ? finest : -finest) / per : goal, finest];
}
