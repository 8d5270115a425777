// The tickets or customers behind a tile: who is in a level now, asked for as long as the list is open.

import { spoken } from "./format.js";

const AGAIN_MS = 5000;
const PROMISE = /^sla_(first_reply|next_reply|resolution)_/;

/** What to ask for; undefined where the board names nobody behind a tile. */
export const behind = ({ tickets, customers }) => tickets ?? customers;

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

  /** Open it with those behind a tile. */
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
    const found = await asked(behind(tile));
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

function list({ tickets, customers, count, truncated }, context) {
  const { say } = context;
  const members = tickets ?? customers;
  if (!members.length) return [note(say("tickets.none"))];
  const [columns, cells] = tickets ? [TICKET_COLUMNS, ofTicket] : [CUSTOMER_COLUMNS, ofCustomer];
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const name of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = say(`tickets.${name}`);
    head.append(cell);
  }
  const body = table.createTBody();
  for (const member of members) {
    const row = body.insertRow();
    for (const words of cells(member, context)) row.insertCell().textContent = words;
  }
  if (!truncated) return [table];
  const n = Math.max(1, (count ?? 0) - members.length);
  return [table, note(say(tickets ? "tickets.more" : "tickets.more_customers", { n }))];
}

const TICKET_COLUMNS = ["ticket", "promise", "left", "group"];
const CUSTOMER_COLUMNS = ["customer", "since", "group"];

const group = (segment) => Object.values(segment).filter(Boolean).join(" · ");
const minutes = (seconds, format) => spoken(format.duration(Math.floor(Math.abs(seconds) / 60) * 60));

function ofTicket({ ticket, level, seconds_left: left, segment }, { say, format }) {
  const promise = PROMISE.exec(level)?.[1];
  const span = minutes(left, format);
  return [
    ticket,
    promise ? say(`promise.${promise}`) : "",
    left < 0 ? say("tickets.late", { span }) : span,
    group(segment),
  ];
}

function ofCustomer({ customer, seconds_since: since, segment }, { format }) {
  return [customer, minutes(since, format), group(segment)];
}

function note(words) {
  const node = document.createElement("p");
  node.className = "left-out";
  node.textContent = words;
  return node;
}
