// The stream of boards. It ends by an error or by silence, and begins anew by itself for as long as the page is open.

export const SILENCE_SECONDS = 12;
export const RETRY_SECONDS = 3;
const REFUSED_RETRY_SECONDS = 15;
const CHECK_MS = 500;

/** A connection that calls `hear(board)`, `beat(now)` and `lose({silent, reason})`; `reason`: why the server refused. */
export class Connection {
  #source = null;
  #query = "";
  #heardAt = 0;
  #retry = 0;
  #attempt = 0;
  #on;

  constructor(on) {
    this.#on = on;
    setInterval(() => this.#listen(), CHECK_MS);
  }

  /** Ask for another view, or again for the same one. */
  open(query) {
    this.close();
    this.#query = query;
    this.#heardAt = performance.now();
    const source = new EventSource(`api/stream?${query}`);
    this.#source = source;
    source.addEventListener("board", (event) => this.#heard(() => this.#on.hear(JSON.parse(event.data))));
    source.addEventListener("beat", (event) => this.#heard(() => this.#on.beat(JSON.parse(event.data).now)));
    // EventSource would try again by itself, but not after an answer that is no stream.
    source.addEventListener("error", () => this.#end(source.readyState === EventSource.CLOSED));
  }

  close() {
    clearTimeout(this.#retry);
    this.#attempt += 1;
    this.#source?.close();
    this.#source = null;
  }

  #heard(pass) {
    this.#heardAt = performance.now();
    pass();
  }

  #listen() {
    if (!this.#source || performance.now() - this.#heardAt <= SILENCE_SECONDS * 1000) return;
    this.#end(false, true);
  }

  async #end(answered, silent = false) {
    this.close();
    const attempt = this.#attempt;
    const again = (seconds) => (this.#retry = setTimeout(() => this.open(this.#query), seconds * 1000));
    this.#on.lose({ silent, reason: "" });
    if (!answered) return again(RETRY_SECONDS);
    const reason = await refusal(`api/stream?${this.#query}`);
    if (attempt !== this.#attempt) return undefined;
    if (reason) this.#on.lose({ silent, reason });
    return again(reason ? REFUSED_RETRY_SECONDS : RETRY_SECONDS);
  }
}

/** Why the server refuses an address, in its own words; "" where it does not, or does not answer. */
async function refusal(address) {
  const stop = new AbortController();
  try {
    const answer = await fetch(address, { signal: stop.signal, cache: "no-store" });
    if (answer.ok) return "";
    return (await answer.json()).error ?? `${answer.status}`;
  } catch {
    return "";
  } finally {
    stop.abort();
  }
}
