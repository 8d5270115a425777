// The live page: listens to /api/stream, draws the tiles, and says how old the numbers are.
// The server sends `board` when something changed and `beat` otherwise; nothing for SILENCE_MS means a lost connection.

import { count, duration, share, span, windowTitle } from "./format.js";

const STALE_SECONDS = 60;
const SILENCE_MS = 15_000;
const RETRY_MS = 3_000;
const TICK_MS = 1_000;

const TILES = {
  now: [
    { title: "Waiting now", metric: "waiting_contacts", show: level("contacts in a queue") },
    { title: "Longest wait", metric: "waiting_contacts", show: longestWait },
    { title: "Open tickets", metric: "open_tickets", show: level("created and not solved") },
  ],
  window: [
    { title: "First response", metric: "first_response_time", show: typical("response", "responses") },
    { title: "Resolution", metric: "full_resolution_time", show: typical("ticket resolved", "tickets resolved") },
    { title: "Abandoned", metric: "abandonment", show: ratio("contact", "contacts") },
    { title: "Satisfaction", metric: "csat", definition: "csat_top_two_box", show: ratio("answer", "answers") },
  ],
};

const page = {
  board: null, // the last board received
  nowMs: 0, // the server's time in it
  receivedAt: 0, // when it came, by performance.now()
  connected: false,
  heardAt: 0,
  source: null,
  retry: 0,
};

const element = (id) => document.getElementById(id);

// ---- what is selected; it lives in the address, so that a wallboard can be bookmarked

function selected() {
  const given = new URLSearchParams(location.search);
  return { window: given.get("window") ?? "", by: given.get("by") ?? "all", value: given.get("value") ?? "" };
}

function select(change) {
  const choice = { ...selected(), ...change };
  const address = new URLSearchParams({ window: choice.window || page.board.selection.window, by: choice.by });
  if (choice.by !== "all") address.set("value", choice.value);
  history.replaceState(null, "", `?${address}`);
  connect();
}

// ---- the connection

function connect() {
  clearTimeout(page.retry);
  page.source?.close();
  const choice = selected();
  const query = new URLSearchParams({ by: choice.by });
  if (choice.window) query.set("window", choice.window);
  if (choice.by !== "all") query.set(choice.by, choice.value);
  const source = new EventSource(`api/stream?${query}`);
  page.source = source;
  page.heardAt = performance.now();
  source.addEventListener("board", (event) => hear(JSON.parse(event.data)));
  source.addEventListener("beat", (event) => hear({ ...page.board, now: JSON.parse(event.data).now }));
  source.addEventListener("error", lose);
}

function hear(board) {
  page.board = board;
  page.nowMs = board.now ? Date.parse(board.now) : Date.now();
  page.receivedAt = page.heardAt = performance.now();
  page.connected = true;
  draw();
}

function lose() {
  page.connected = false;
  page.source?.close();
  clearTimeout(page.retry);
  page.retry = setTimeout(connect, RETRY_MS);
  drawFreshness();
}

// ---- drawing

function draw() {
  const { board } = page;
  drawChoices(board);
  drawNotice(board);
  element("window-title").textContent = windowTitle(board.selection.window);
  drawTiles(element("now-tiles"), TILES.now, board);
  drawTiles(element("window-tiles"), TILES.window, board);
  drawFreshness();
}

function drawTiles(place, tiles, board) {
  place.replaceChildren(
    ...tiles.map((tile) => {
      const node = element("tile").content.firstElementChild.cloneNode(true);
      const row = board?.rows.find(
        (row) => row.metric === tile.metric && (!tile.definition || row.definition.startsWith(`${tile.definition}@`)),
      );
      const shown = row ? tile.show(row) : { values: [], note: board?.state === "live" ? "no data yet" : "\u00a0" };
      node.querySelector("h3").textContent = tile.title;
      node.querySelector(".note").textContent = shown.note;
      node.classList.toggle("empty", shown.values.length === 0);
      node.querySelector(".values").replaceChildren(...(shown.values.length ? shown.values : [{ parts: [["–", ""]] }]).map(value));
      return node;
    }),
  );
}

function value({ label, parts }) {
  const node = document.createElement("p");
  node.className = "value";
  if (label) node.append(small("label", label));
  for (const [text, unit] of parts) {
    node.append(document.createTextNode(text));
    if (unit) node.append(small("unit", unit));
  }
  return node;
}

function small(name, text) {
  const node = document.createElement("small");
  node.className = name;
  node.textContent = text;
  return node;
}

function drawChoices(board) {
  const { window, by, segment } = board.selection;
  options(element("window"), board.windows.map((name) => [name, windowTitle(name)]), window);
  const groups = [["all", "All"]];
  for (const dimension of ["channel", "team"]) {
    for (const name of board.choices[dimension] ?? []) {
      groups.push([`${dimension}=${name}`, `${dimension[0].toUpperCase()}${dimension.slice(1)}: ${name || "none"}`]);
    }
  }
  const chosen = by === "all" ? "all" : `${by}=${segment[by] ?? ""}`;
  if (!groups.some(([key]) => key === chosen)) groups.push([chosen, chosen.replace("=", ": ")]);
  options(element("group"), groups, chosen);
}

function options(list, wanted, chosen) {
  const signature = JSON.stringify(wanted);
  // Rebuilding an open list would close it under the reader's hand.
  if (list.dataset.signature !== signature) {
    list.dataset.signature = signature;
    list.replaceChildren(...wanted.map(([key, text]) => new Option(text, key)));
  }
  list.value = chosen;
}

const NOTICES = {
  empty: () => "No data yet. The worker is connected and waits for the first events.",
  loading: (board) => `Loading: ${board.worker.unready_reasons.join("; ") || "the first numbers are being made"}.`,
  elsewhere: (board) =>
    "Another worker of the group holds the numbers: open the wallboard there. " +
    `This one holds ${board.worker.shards.map(shard).join(", ")}.`,
};

function shard({ partition, ready, lag_events: lag }) {
  if (!ready) return `shard ${partition} (loading)`;
  return `shard ${partition}${lag ? ` (${lag} events behind)` : ""}`;
}

function drawNotice(board) {
  const text = NOTICES[board.state]?.(board) ?? "";
  document.body.dataset.state = board.state;
  element("notice").textContent = text;
  element("notice").hidden = !text;
}

function serverNow() {
  return page.nowMs + (performance.now() - page.receivedAt);
}

function drawFreshness() {
  const { board } = page;
  const age = board?.watermark ? Math.max(0, (serverNow() - Date.parse(board.watermark)) / 1000) : null;
  const replay = board?.clock === "event";
  let level = age === null ? "connecting" : "live";
  let text = age === null ? "Connected" : `Live, ${span(Math.round(age))} behind`;
  if (replay) text = `Replay at ${board.watermark?.slice(0, 16).replace("T", " ") ?? "–"}`;
  if (!replay && age !== null && age > STALE_SECONDS) {
    level = "stale";
    text = `Stale: numbers are ${span(age)} old`;
  }
  if (!page.connected) {
    level = board ? "lost" : "connecting";
    text = board ? `Connection lost${age === null ? "" : `: numbers are ${span(age)} old`}` : "Connecting …";
  }
  element("freshness").dataset.level = level;
  document.body.dataset.fresh = level;
  const shown = element("freshness-text");
  if (shown.textContent !== text) shown.textContent = text;
}

// ---- what a tile shows of its row

function level(note) {
  return (row) => ({ values: [{ parts: count(row.value) }], note });
}

function longestWait(row) {
  if (!row.oldest) return { values: [{ parts: [["0", "s"]] }], note: "nobody waits" };
  const seconds = Math.max(0, (serverNow() - Date.parse(row.oldest)) / 1000);
  return { values: [{ parts: duration(Math.round(seconds)) }], note: "and counting" };
}

function typical(one, many) {
  return (row) => {
    if (!row.count) return { values: [], note: `no ${many}` };
    return {
      values: [
        { label: "median", parts: duration(row.quantiles.p50) },
        { label: "90 % within", parts: duration(row.quantiles.p90) },
      ],
      note: numbered(row.count, one, many),
    };
  };
}

function ratio(one, many) {
  return (row) => {
    if (!row.denominator) return { values: [], note: `no ${many}` };
    const note = `${count(row.numerator)[0][0]} of ${numbered(row.denominator, one, many)}`;
    return { values: [{ parts: share(row.value) }], note };
  };
}

function numbered(number, one, many) {
  return `${count(number)[0][0]} ${number === 1 ? one : many}`;
}

// ---- start

element("window").addEventListener("change", (event) => select({ window: event.target.value }));
element("group").addEventListener("change", (event) => {
  const [, by, value] = /^([^=]*)=?(.*)$/s.exec(event.target.value);
  select({ by, value });
});
setInterval(() => {
  if (page.connected && performance.now() - page.heardAt > SILENCE_MS) lose();
  if (page.board && page.connected) drawTiles(element("now-tiles"), TILES.now, page.board);
  drawFreshness();
}, TICK_MS);
drawTiles(element("now-tiles"), TILES.now, null);
drawTiles(element("window-tiles"), TILES.window, null);
connect();
