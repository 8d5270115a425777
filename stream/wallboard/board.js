// The wallboard: hears boards from the server, draws them, and says how far they can be believed.

import { chosenGroup, readAddress, streamQuery, unknownNames, writeAddress } from "./address.js";
import { drawChoices, listen, windowWords } from "./choices.js";
import { Connection } from "./connection.js";
import { formats } from "./format.js";
import { drawDay } from "./day.js";
import { isGrey, isRunning, judge } from "./freshness.js";
import { allDimensions, offeredOn } from "./groups.js";
import { chooseTexts, speaker } from "./language.js";
import { applyLooks, listenKiosk, listenTheme } from "./looks.js";
import { changesInWords } from "./news.js";
import { groupOf, offeredPages, pageAfter, pageWords, rotateSeconds } from "./pages.js";
import { drawSpikes, isOfRatio, worstSeverity } from "./spikes.js";
import { drawBanner, drawFreshness, drawMistaken, drawNotice, drawTitle, shownState } from "./status.js";
import { drawTable } from "./table.js";
import { TicketList } from "./tickets.js";
import { Tiles } from "./tiles.js";
import { groupWords } from "./words.js";

const TICK_MS = 1000;
const EVERYTHING = { window: null, group: {}, tiles: null, rotate: null, pages: [] };
const element = (id) => document.getElementById(id);

const page = {
  choice: readAddress(location.search),
  board: null, // the last one heard
  nowMs: 0, // the server's time in it
  heardAt: 0, // when it came, by performance.now()
  heardOn: null, // the same by the reader's clock
  link: "none", // "none", "up", "lost", "silent" or "refused"
  reason: "", // why the server refused the view
  level: "connecting",
  wasGrey: false, // said, and not yet taken back
  usualGroup: {}, // what the server shows where no group is chosen
  at: undefined, // the page that is shown; undefined where the address names none
  turnedAt: 0, // when it was asked for, by performance.now()
};
page.at = page.choice.pages[0];
const ticketList = new TicketList(element("tickets"), context);
const tiles = new Tiles(element("tiles"), element("tile"), (tile) => ticketList.open(tile));
const connection = new Connection({ hear, beat, lose });

/** The server's time, or the moment of the last message once there are no more: a lost board does not run on. */
function nowMs() {
  const runs = page.link === "up" && page.board?.clock === "wall";
  return page.nowMs + (runs ? performance.now() - page.heardAt : 0);
}

function context() {
  const texts = chooseTexts([page.choice.lang, ...navigator.languages].filter(Boolean));
  const language = texts.language;
  if (context.language !== language) {
    Object.assign(context, { language, say: speaker(texts), format: formats(language) });
    document.documentElement.lang = language;
    translatePage(context.say);
  }
  const { say, format } = context;
  const running = page.board?.clock === "wall" ? nowMs() : 0;
  const group = shownGroup();
  return { say, format, group, channel: group.channel, nowMs: running, page: page.at ?? "overview" };
}

function shownGroup(usual = page.usualGroup) {
  const chosen = chosenGroup(page.choice, page.at, offeredOn(page.at, page.board).dimensions);
  return Object.keys(chosen).length ? chosen : usual;
}

function translatePage(say) {
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  element("choice").setAttribute("aria-label", say("choice.legend"));
}

// ---- what the server says

function hear(board) {
  const last = page.board;
  Object.assign(page, { board, link: "up", reason: "", heardOn: new Date(), heardAt: performance.now() });
  page.nowMs = board.now ? Date.parse(board.now) : Date.now();
  if (!Object.keys(shownGroup({})).length) page.usualGroup = board.selection.segment;
  document.body.toggleAttribute("data-pending", false);
  announce(changesInWords(last, board, context().say));
  draw();
}

function beat(now) {
  if (!page.board) return;
  Object.assign(page, { link: "up", heardOn: new Date(), heardAt: performance.now(), nowMs: now ? Date.parse(now) : Date.now() });
  drawStatus();
}

function lose({ silent, reason }) {
  if (page.link === "up") page.nowMs = nowMs();
  page.link = reason ? "refused" : silent || page.link === "silent" ? "silent" : "lost";
  page.reason = reason;
  draw();
}

// ---- what the reader chooses

function choose(change) {
  const shown = streamQuery(page.choice, page.at);
  const dimensions = page.board ? allDimensions(page.board) : Object.keys(page.choice.group);
  const known = Object.entries(page.choice.group).filter(([name]) => dimensions.includes(name));
  const choice = { ...page.choice, group: Object.fromEntries(known) };
  const changed = change(choice, page.board);
  page.choice = { ...choice, ...changed };
  // Another choice is looked at where the reader is; on a round it is the page of now.
  if (changed.pages !== undefined) page.at = changed.pages[0];
  history.replaceState(null, "", writeAddress(page.choice));
  applyLooks(page.choice);
  draw();
  tiles.repaint();
  if (streamQuery(page.choice, page.at) === shown) return;
  // Until the new board is here, the numbers on the page are those of another choice.
  document.body.toggleAttribute("data-pending", true);
  connection.open(streamQuery(page.choice, page.at));
}

/** Go on to the next page once this one has been there for long enough; what is drawn stays until that is here. */
function turn() {
  const { choice, board, link, turnedAt } = page;
  const seconds = rotateSeconds(choice.rotate);
  if (!(seconds > 0) || (link !== "up" && link !== "refused") || isGrey(page.level)) return;
  if (performance.now() - turnedAt < seconds * 1000) return;
  const round = choice.pages.length ? choice.pages : offeredPages(board, choice.group);
  const next = pageAfter(page.at, round);
  page.turnedAt = performance.now();
  if (next === (page.at ?? "overview")) return;
  page.at = next;
  connection.open(streamQuery(choice, next));
}

// ---- drawing

function draw() {
  const now = context();
  drawChoices(page.board, page.choice, now);
  tiles.draw(page.board, now);
  drawTable(element("table"), page.board?.table, now);
  drawDay(element("day"), page.board?.day, now);
  const alerts = page.board?.alerts ?? [];
  drawSpikes(element("spikes"), alerts, { ...now, nowMs: page.nowMs, selection: page.board?.selection });
  drawMistaken(element("mistaken"), { names: mistakenNames(), rotate: page.choice.rotate }, now.say);
  const window = page.choice.window ?? page.board?.selection.window;
  const isNamed = page.at !== undefined && now.page !== "overview" && groupOf(page.at) === null;
  const shown = [
    isNamed && pageWords(page.at, now.say, page.board?.table_dimension ?? undefined),
    window && windowWords(window, now.say, now.format),
    groupWords(now.group, now.say, now.page),
  ];
  element("shown").textContent = shown.filter(Boolean).join(" · ");
  drawStatus();
}

/** What the dimensions are, the server says: until then nothing is mistaken. */
function mistakenNames() {
  return page.board ? unknownNames(location.search, allDimensions(page.board)) : [];
}

function drawStatus() {
  const { say, format } = context();
  const { board, link, reason, heardOn } = page;
  const { level, age } = judge({ board, nowMs: nowMs(), link });
  const since = level === "stale" ? new Date(board.watermark) : heardOn;
  const state = { board, level, age, since, link, reason, say, format };
  drawFreshness(element("freshness"), state);
  const banner = drawBanner(element("banner"), state);
  document.body.toggleAttribute("data-blank", drawNotice(element("notice"), state));
  drawTitle(state, worstSeverity((board?.alerts ?? []).filter((alert) => !isOfRatio(alert))));
  document.body.dataset.fresh = level;
  document.body.dataset.state = shownState(state);
  if (level === page.level) return;
  if (isGrey(level)) announce([banner]);
  else if (page.wasGrey && isRunning(level)) announce([say("announce.live")]);
  page.wasGrey = isGrey(level) || (page.wasGrey && !isRunning(level));
  page.level = level;
  tiles.repaint();
}

/** For screen readers: changes of state, one after the other; never the numbers, which change all the time. */
function announce(sentences) {
  if (sentences.length) element("news").textContent = sentences.join(" ");
}

// ---- start

applyLooks(page.choice);
listen(choose);
listenKiosk((change) => choose(() => change));
listenTheme(() => tiles.repaint());
element("everything").addEventListener("click", () => choose(() => EVERYTHING));
setInterval(() => {
  turn();
  drawStatus();
  if (page.link === "up") tiles.tick(page.board, context());
}, TICK_MS);
draw();
page.turnedAt = performance.now();
connection.open(streamQuery(page.choice, page.at));
