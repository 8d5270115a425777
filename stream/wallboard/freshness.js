// How far the numbers can be believed: by their own age and by whether anything is heard from the server.

export const WARN_SECONDS = 15;
export const STALE_SECONDS = 30;

/**
 * Level and age in seconds (null where it is not known) of what the page holds.
 *
 * `board`: the last one, or null; `nowMs`: the server's time by now; `link`: "none" before the first board,
 * "up", "lost", "silent" or "refused". Levels: "connecting", "refused", "never", "waiting", "live", "warn", "stale", "lost",
 * "replay".
 */
export function judge({ board, nowMs, link }) {
  const age = board?.watermark ? Math.max(0, (nowMs - Date.parse(board.watermark)) / 1000) : null;
  if (link === "refused") return { level: "refused", age: null };
  if (!board) return { level: link === "none" ? "connecting" : "never", age: null };
  if (link !== "up") return { level: "lost", age };
  if (board.clock === "event") return { level: board.watermark ? "replay" : "waiting", age: null };
  if (age === null || board.state !== "live") return { level: "waiting", age };
  if (age >= STALE_SECONDS) return { level: "stale", age };
  return { level: age >= WARN_SECONDS ? "warn" : "live", age };
}

/** True where there are numbers that go on. */
export const isRunning = (level) => level === "live" || level === "warn" || level === "replay";

/** True where the numbers must not be taken for those of now. */
export const isGrey = (level) => level === "stale" || level === "lost" || level === "never";
