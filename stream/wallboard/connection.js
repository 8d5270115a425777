// The stream of boards. It ends by an error or by silence, and begins anew by itself for as long as the page is open.

export const SILENCE_SECONDS = 12;
export const RETRY_SECONDS = 3;
const AGAIN_SECONDS = 0.5;
const TRUST_SECONDS = 2;
const REFUSED_RETRY_SECONDS = 15;
const CHECK_MS = 500;

/**
 * A stream that went well and ends is asked for again at once, and nothing is said of it before that has failed or takes
 * long: it ends whenever the numbers move to another worker.
 *
 * A connection that calls `hear(board)`, `beat(now)` and `lose({silent, reason})`; `reason`: why the server refused.
 */
export class Connection {
  #source = null;
  #query = "";
  #heardAt = 0;
  #retry = 0;
  #attempt = 0;
  #hasHeard = false;
  #isTrusted = false; // asked for again, and what is shown still passes for live
  #on;

  constructor(on) {
    this.#on = on;
    setInterval(() => this.#listen(), CHECK_MS);
  }

  /** Ask for another view, or again for the same one. */
  open(query) {
    this.close();
    this.#query = query;
    this.#hasHeard = false;
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
    this.#hasHeard = true;
    this.#isTrusted = false;
    pass();
  }

  #listen() {
    if (!this.#source) return;
    const silence = (performance.now() - this.#heardAt) / 1000;
    if (silence > SILENCE_SECONDS) {
      this.#end(false, true);
    } else if (this.#isTrusted && silence > TRUST_SECONDS) {
      this.#isTrusted = false;
      this.#on.lose({ silent: false, reason: "" });
    }
  }

  async #end(answered, silent = false) {
    this.close();
    const attempt = this.#attempt;
    const again = (seconds) => (this.#retry = setTimeout(() => this.open(this.#query), seconds * 1000));
    this.#isTrusted = this.#hasHeard && !silent;
    if (this.#isTrusted) return again(AGAIN_SECONDS);
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
