// The tickets behind a tile: who is in a level now, asked for as long as the list is open.

import { spoken } from "./format.js";

const AGAIN_MS = 5000;
const PROMISE = /^sla_(first_reply|next_reply|resolution)_/;

/** One dialog. `context()`: say and format of now. */
export class TicketList {
  #dialog;
  #context;
  #tile = null;
  #timer = 0;

  constructor(dialog, context) {
    this.#dialog = dialog;
    this.#context = context;
    dialog.querySelector("button").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      this.#tile = null;
      clearTimeout(this.#timer);
    });
  }

  /** Open it with the tickets of a tile, which says in `tickets` what to ask for. */
  open(tile) {
    const { say } = this.#context();
    this.#tile = tile;
    this.#dialog.querySelector("h2").textContent = say(`tile.${tile.metric}`);
    this.#dialog.querySelector("button").textContent = say("tickets.close");
    this.#show([note(say("tickets.asking"))]);
    this.#dialog.showModal();
    this.#ask();
  }

  async #ask() {
    clearTimeout(this.#timer);
    const tile = this.#tile;
    const found = await asked(tile.tickets);
    // Closed, or opened with another tile, meanwhile.
    if (this.#tile !== tile) return;
    this.#show(found.error === undefined ? list(found, this.#context()) : [failure(found.error, this.#context())]);
    this.#timer = setTimeout(() => this.#ask(), AGAIN_MS);
  }

  #show(nodes) {
    this.#dialog.querySelector("div").replaceChildren(...nodes);
  }
}

async function asked(query) {
  try {
    const answer = await fetch(`api/facts?${new URLSearchParams(query)}`, { headers: { Accept: "application/json" } });
    const body = await answer.json();
    return answer.ok ? body : { error: body.error ?? `HTTP ${answer.status}` };
  } catch (error) {
    return { error: error.message };
  }
}

const failure = (reason, { say }) => note(say("tickets.failed", { reason }));

function list({ tickets, count, truncated }, { say, format }) {
  if (!tickets.length) return [note(say("tickets.none"))];
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const name of ["ticket", "promise", "left", "group"]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = say(`tickets.${name}`);
    head.append(cell);
  }
  const body = table.createTBody();
  for (const { ticket, level, seconds_left: left, segment } of tickets) {
    const row = body.insertRow();
    const promise = PROMISE.exec(level)?.[1];
    const span = spoken(format.duration(Math.floor(Math.abs(left) / 60) * 60));
    const cells = [
      ticket,
      promise ? say(`promise.${promise}`) : "",
      left < 0 ? say("tickets.late", { span }) : span,
      Object.values(segment).filter(Boolean).join(" · "),
    ];
    for (const words of cells) row.insertCell().textContent = words;
  }
  const more = truncated ? say("tickets.more", { n: Math.max(1, (count ?? 0) - tickets.length) }) : "";
  return more ? [table, note(more)] : [table];
}

function note(words) {
  const node = document.createElement("p");
  node.className = "left-out";
  node.textContent = words;
  return node;
}
