// The volume of today: how much came and went since midnight, and how that compares with days before by the hour.

/** Draw `day` into `place`, which is hidden where there is none. */
export function drawDay(place, day, { say, format }) {
  place.hidden = !day;
  if (!day) return;
  const signature = JSON.stringify([day, say("language")]);
  if (place.dataset.signature === signature) return;
  place.dataset.signature = signature;
  const list = document.createElement("dl");
  list.setAttribute("aria-label", say("day.title"));
  const kind = comparedWith(day);
  for (const count of day.counts) list.append(entry(count, count.against === kind, say, format));
  place.replaceChildren(piece("p", "day-title", say("day.title")), list, piece("p", "day-against", against(day, say, format)));
}

/** What the changes are changes from: "against the usual until 14:00"; "" where nothing before is known. */
export function against(day, say, format) {
  const kind = comparedWith(day);
  return kind && day.until ? say(`day.against.${kind}`, { time: format.clock(new Date(day.until)) }) : "";
}

/** One sentence for all: what is compared with something else has no change beside it. */
const comparedWith = ({ counts }) => counts.find((count) => count.against)?.against ?? null;

/** "+8%"; where there was nothing before, how many more; "" where it is not known. */
export function changeWords({ by_hour: now, before }, format) {
  if (before === null || before === undefined) return "";
  return format.change(now, before) ?? (now ? `+${format.text("count", now)}` : "");
}

function entry(count, isCompared, say, format) {
  const node = document.createElement("div");
  const number = document.createElement("dd");
  const change = isCompared ? changeWords(count, format) : "";
  // The space is for those who hear it or copy it.
  number.append(piece("span", "day-count", format.text("count", count.today)), " ", piece("span", "day-change", change));
  number.dataset.name = count.name;
  node.append(piece("dt", "", say(`volume.${count.name}`)), number);
  return node;
}

function piece(kind, name, words) {
  const node = document.createElement(kind);
  if (name) node.className = name;
  node.textContent = words;
  return node;
}
