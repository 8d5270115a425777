// The table of all teams: a row for each, a column for each headline, judged as tiles are.

import { icon } from "./spikes.js";
import { spoken } from "./format.js";
import { dimensionWords } from "./groups.js";
import { pageWords } from "./pages.js";

/** Draw `table` into `place`, which is hidden where there is none. */
export function drawTable(place, table, { say, format }) {
  place.hidden = !table;
  if (!table) return;
  place.setAttribute("aria-label", pageWords("teams", say, table.dimension));
  const signature = JSON.stringify([table, say("language")]);
  if (place.dataset.signature === signature) return;
  place.dataset.signature = signature;
  const node = document.createElement("table");
  node.append(caption(table, say), head(table, say), body(table, say, format));
  const left = document.createElement("p");
  left.className = "left-out";
  const kind = table.dimension === "team" ? "teams" : "groups";
  left.textContent = table.left_out ? say(`rows.left.${kind}`, { n: table.left_out }) : "";
  const empty = document.createElement("p");
  empty.className = "left-out";
  empty.textContent = table.rows.length ? "" : say(`rows.none.${kind}`);
  place.style.setProperty("--lines", table.rows.length + 1);
  place.style.setProperty("--columns", table.columns.length);
  place.replaceChildren(node, ...[left, empty].filter((text) => text.textContent));
}

function caption({ dimension }, say) {
  const node = document.createElement("caption");
  node.className = "unseen";
  node.textContent = pageWords("teams", say, dimension);
  return node;
}

function head({ columns, dimension }, say) {
  const row = document.createElement("tr");
  row.append(
    heading("col", dimensionWords(dimension, say)),
    ...columns.map(({ metric }) => heading("col", say(`tile.${metric}`))),
  );
  const node = document.createElement("thead");
  node.append(row);
  return node;
}

function body({ rows }, say, format) {
  const node = document.createElement("tbody");
  for (const { name, tiles } of rows) {
    const row = document.createElement("tr");
    row.append(heading("row", name || say("choice.none")), ...tiles.map((tile) => cell(tile, say, format)));
    node.append(row);
  }
  return node;
}

function heading(scope, words) {
  const node = document.createElement("th");
  node.scope = scope;
  node.textContent = words;
  return node;
}

function cell(tile, say, format) {
  const node = document.createElement("td");
  const { value, unit, judgement, spike } = tile;
  node.dataset.metric = tile.metric;
  node.dataset.judgement = judgement;
  node.dataset.spike = spike ?? "";
  const state = document.createElement("span");
  state.className = "unseen";
  state.textContent = ` ${say(spike ? `spike.${spike}` : `judgement.${judgement}`)}`;
  const number = document.createElement("span");
  number.className = "number";
  number.textContent = value === null ? "–" : spoken(format.value(unit, value, tile));
  // A dash is the sign of no data already.
  if (value !== null) node.append(icon(spike ? "spike" : judgement));
  node.append(number, state);
  return node;
}
