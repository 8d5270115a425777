// Light or dark, and kiosk mode: what the page looks like, not what it shows.

const HIDE_POINTER_MS = 3000;

/** Apply `theme` ("light", "dark" or null: as the system) and `kiosk`. */
export function applyLooks({ theme, kiosk }) {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
  root.toggleAttribute("data-kiosk", kiosk);
  document.getElementById("choice").hidden = kiosk;
  keepAwake(kiosk);
}

/** Call `changed({kiosk})` when a reader enters or leaves kiosk mode. */
export function listenKiosk(changed) {
  const leave = () => document.documentElement.hasAttribute("data-kiosk") && changed({ kiosk: false });
  document.getElementById("kiosk").addEventListener("click", () => {
    changed({ kiosk: true });
    // Refused by some browsers and in frames: the board then fills the window only.
    document.documentElement.requestFullscreen?.().catch(() => {});
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && leave());
  document.addEventListener("dblclick", leave);
  document.addEventListener("fullscreenchange", () => document.fullscreenElement || leave());
  document.addEventListener("visibilitychange", () => keepAwake(document.documentElement.hasAttribute("data-kiosk")));
  let pointer = 0;
  document.addEventListener("pointermove", () => {
    // In kiosk mode a moved pointer shows how to get out, for a moment.
    document.documentElement.toggleAttribute("data-pointer", true);
    clearTimeout(pointer);
    pointer = setTimeout(() => document.documentElement.toggleAttribute("data-pointer", false), HIDE_POINTER_MS);
  });
}

/** Call `changed()` when the system turns light or dark. */
export function listenTheme(changed) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}

let lock = null;

async function keepAwake(wanted) {
  try {
    if (!wanted) {
      await lock?.release();
      lock = null;
    } else if (document.visibilityState === "visible" && (!lock || lock.released)) {
      lock = (await navigator.wakeLock?.request("screen")) ?? null;
    }
  } catch {
    lock = null; // Not allowed here, or the battery is low: the screen saver is then the television's own matter.
  }
}
