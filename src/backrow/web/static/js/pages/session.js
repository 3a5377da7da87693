// The session's page: loads what is there, then follows what comes.

import { byId, fill, h, mark, segments } from "../dom.js";
import { fetchJson, follow } from "../feed.js";
import { ownKey, sessionUrl } from "../links.js";
import { stackChart, stackKey } from "../charts/stack.js";
import { Findings } from "../parts/findings.js";
import { minuteSlider } from "../parts/minutes.js";
import { presenterLines } from "../parts/presenters.js";
import { whenSeen } from "../parts/seen.js";
import { startShell } from "../parts/shell.js";
import { peopleTable } from "../parts/worst.js";
import { Auditorium } from "../seats/auditorium.js";
import { People, codesOf } from "../seats/people.js";
import { clock, setZone } from "../times.js";
import { COUNTED, LETTER_OF, MEDIA, attributeLabel, causeLabel, classLabel, classShort, count, percent, plainWords } from "../words.js";

const HINT = "Point at a seat for the person; press a class or a finding to light its seats.";
const HOW = { census: "everyone is measured", sample: "a sample is measured", pushed: "Zoom pushes" };

const key = ownKey();
const shell = startShell();
const page = { session: null, people: null, auditorium: null, lit: null, past: null, now: null, medium: "all", unit: "counts" };

const overTime = whenSeen(byId("over-time"), stackChart(byId("over-time")));
byId("over-time").after(stackKey());
const worst = whenSeen(byId("worst"), peopleTable(byId("worst"), byId("worst-filter"), key, "Those with the most minutes with trouble"));
const presenters = whenSeen(byId("presenters"), presenterLines(byId("presenters"), byId("presenter-metric"), key));
const findings = new Findings(byId("findings"), {
  key,
  nameOf: (id) => page.people?.names[page.people.at.get(id)] ?? "",
  choose: (finding) => light(finding && { finding }),
});

const slide = minuteSlider({
  url: (minute) => `${sessionUrl(key)}/seats.json?${new URLSearchParams({ minute })}`,
  show: (minute, seats) => travel(minute, seats ?? page.now),
});

await Promise.all([loadSeats(), loadSession()]);
page.auditorium = new Auditorium(page.session, page.people);
page.auditorium.build();
performance.mark("backrow-seats");
light(null);
showCounts();
requestAnimationFrame(() => setTimeout(showRest));
if (page.session.state !== "complete") start();

async function loadSession() {
  page.session = await fetchJson(`${sessionUrl(key)}.json`);
  setZone(page.session.zone);
}

async function loadSeats() {
  page.now = await fetchJson(`${sessionUrl(key)}/seats.json`);
  page.people = new People(page.now);
  page.past = null;
}

// Showing

function showCounts() {
  const { session } = page;
  shell.say(session.headline, session.rest);
  shell.state(session.state);
  shell.warn(session.warning);
  shell.newest(session.newest_minute, session.age_s, session.state === "live");
  showTitles();
  showTally();
  showCollecting(session.collecting);
  slide(session.series.minutes, session.minute, session.state === "live");
}

/** Say which minute the seats show, and speak of what is over as over. */
function showTitles() {
  const { state, minute } = page.session;
  const isLive = state === "live";
  const last = isLive || !minute ? "" : ` in its last minute, ${clock(minute)}`;
  byId("auditorium-title").textContent = `The auditorium${page.past ? ` at ${clock(page.past)}` : last}`;
  byId("worst-title").textContent = `Who ${isLive ? "has" : "had"} it worst`;
}

function showTally() {
  const { classes, measured } = page.past ? countsOf(page.people) : page.session;
  const buttons = COUNTED.map((kind) => {
    const share = kind === "unclassified" || !measured ? "" : percent(classes[kind] / measured, 1);
    return h(
      "button",
      { type: "button", title: kind === "unclassified" ? classLabel(kind) : null, dataset: { kind }, "aria-pressed": String(page.lit?.kind === kind), onclick: () => light(page.lit?.kind === kind ? null : { kind }) },
      mark(kind),
      h("b", {}, count(classes[kind])),
      h("span", { class: "label" }, `${classShort(kind)}${share ? ` · ${share}` : ""}`),
    );
  });
  const focused = document.activeElement?.dataset?.kind;
  fill(byId("tally"), buttons);
  if (focused) byId("tally").querySelector(`[data-kind="${focused}"]`)?.focus();
}

/** Return the counts of a minute that is not the newest, from its seats. */
function countsOf(people) {
  const { counts, measured } = people.tally(people.classes.keys());
  return { measured, classes: Object.fromEntries(COUNTED.map((kind, k) => [kind, counts[k]])) };
}

/** Seat everybody as they were at another minute; null is the newest. */
function travel(minute, seats) {
  page.past = minute;
  showTitles();
  page.people.take(seats.minute, seats.classes, seats.attributes.cause.codes);
  page.auditorium.update(false);
  if (page.lit?.kind) light(page.lit);
  showTally();
}

function showCollecting(one) {
  if (!one) return fill(byId("collecting"));
  const left = one.calls_left === null || one.calls_left === undefined ? "" : `, ${count(one.calls_left)} left today`;
  const parts = [one.running ? `Collecting, ${HOW[one.how] ?? plainWords(one.how)}` : "Collecting has stopped", `${count(one.calls_used)} calls used${left}`];
  if (one.errors) parts.push(`${count(one.errors)} errors`);
  return fill(byId("collecting"), parts.join(" · "));
}

function showRest() {
  showFindings();
  showOverTime();
  presenters(page.session.presenters);
  worst({ rows: page.session.worst, isLive: page.session.state === "live" });
  performance.mark("backrow-all");
}

function showFindings() {
  const list = page.session.findings;
  const isLive = page.session.state === "live";
  const lasting = list.filter((one) => !one.end).length;
  const told = isLive ? (lasting ? `(${lasting} now)` : "(nothing now)") : `(${list.length || "nothing"})`;
  fill(byId("findings-title"), isLive ? "What is wrong " : "What was wrong ", h("span", { class: "count" }, told));
  const calm = h("p", { class: "card all-well" }, h("b", {}, `Nothing that many ${isLive ? "share" : "shared"}`), "Single people's trouble stands in the table of the worst.");
  findings.show(list, isLive || !list.length ? calm : null);
}

function showOverTime() {
  const { series } = page.session;
  const media = [["all", "All"], ...Object.entries(MEDIA).filter(([one]) => series[one])];
  segments(byId("time-medium"), media, page.medium, (next) => {
    page.medium = next;
    drawOverTime();
  });
  segments(byId("time-unit"), [["counts", "People"], ["shares", "Shares"]], page.unit, (next) => {
    page.unit = next;
    drawOverTime();
  });
  drawOverTime();
}

function drawOverTime() {
  const { series, findings: list } = page.session;
  const one = page.medium === "all" ? series : series[page.medium];
  overTime({ ...one, minutes: one.minutes ?? series.minutes, unit: page.unit, spans: list });
}

/** Light the seats of a finding or a class; null lights all. */
function light(what) {
  if (what?.kind && page.lit?.finding) findings.release();
  page.lit = what;
  for (const button of byId("tally").children) button.setAttribute("aria-pressed", String(button.dataset.kind === what?.kind));
  const { people } = page;
  const seats = what && (what.finding ? what.finding.participants.map((id) => people.at.get(id)).filter((i) => i !== undefined) : seatsOf(what.kind));
  page.auditorium?.light(seats);
  const bar = byId("lit");
  bar.classList.toggle("on", Boolean(what));
  if (!what) {
    fill(bar, h("span", { class: "what" }, HINT));
    return;
  }
  const by = what.finding && Object.keys(what.finding.scope ?? {}).find((one) => people.groupings().includes(one) && one !== page.auditorium?.grouping);
  fill(
    bar,
    h("span", { class: "what" }, `${count(seats.length)} seats: ${what.finding ? causeLabel(what.finding.cause).toLowerCase() : classLabel(what.kind)}`),
    by && h("button", { type: "button", onclick: () => regroup(by) }, `Seat by ${attributeLabel(by)}`),
    h("button", { type: "button", onclick: clear }, "Show all"),
  );
}

function regroup(by) {
  page.auditorium.groupBy(by);
  light(page.lit);
}

function clear() {
  if (page.lit?.finding) findings.release();
  else light(null);
  byId("seats").focus({ preventScroll: true });
}

function seatsOf(kind) {
  const code = codesOf(LETTER_OF[kind])[0];
  const seats = [];
  page.people.classes.forEach((one, i) => one === code && seats.push(i));
  return seats;
}

// Following

function start() {
  const known = new URLSearchParams({ seats: page.people.length, version: page.session.version ?? "", since: page.session.newest_minute ?? "" });
  follow(`${sessionUrl(key)}/events?${known}`, {
    minute: take,
    gone: reload,
    back: reload,
    state: (connected) => {
      byId("lost").hidden = connected;
    },
  });
}

/** Take a minute: what moves first, the rest when there is time. */
function take(minute) {
  if (minute.seating !== page.people.seating) {
    reload();
    return;
  }
  performance.mark("backrow-update-begin");
  const { session, people } = page;
  Object.assign(session, {
    headline: minute.headline,
    rest: minute.rest,
    warning: minute.warning,
    here: minute.here,
    measured: minute.measured,
    classes: minute.classes,
    by_medium: minute.by_medium,
    findings: minute.findings,
    collecting: minute.collecting,
    minute: minute.minute,
    newest_minute: minute.newest_minute ?? minute.minute,
    age_s: minute.age_s ?? null,
  });
  extend(session.series, minute.point);
  const isLarger = people.join(minute);
  page.now = { minute: minute.minute, classes: minute.seats, attributes: { cause: { codes: minute.causes } } };
  if (!page.past) people.take(minute.minute, minute.seats, minute.causes);
  showCounts();
  page.auditorium.update(isLarger);
  if (page.lit?.kind) light(page.lit);
  showFindings();
  drawOverTime();
  performance.measure("backrow-update", "backrow-update-begin");
  requestIdleCallback(catchUp, { timeout: 5000 });
}

/** Put the newest minutes of the series in their places. */
function extend(series, point) {
  point.minutes.forEach((minute, k) => {
    const at = series.minutes.indexOf(minute);
    const i = at >= 0 ? at : series.minutes.push(minute) - 1;
    for (const kind of COUNTED) series[kind][i] = point[kind][k];
  });
  for (const medium of Object.keys(MEDIA)) {
    if (series[medium] && point[medium]) extend(series[medium], point[medium]);
  }
}

/** Fetch what an event does not carry: presenters and the worst. */
async function catchUp() {
  const next = await fetchJson(`${sessionUrl(key)}.json`);
  page.session.state = next.state;
  shell.state(next.state);
  page.session.presenters = next.presenters;
  page.session.worst = next.worst;
  page.session.series = next.series;
  requestIdleCallback(() => {
    presenters(next.presenters);
    requestIdleCallback(() => worst({ rows: next.worst, isLive: next.state === "live" }));
  });
}

/** Begin anew from what the server has: after an interruption, and at the end. */
async function reload() {
  const slide = minuteSlider({
  url: (minute) => `${sessionUrl(key)}/seats.json?${new URLSearchParams({ minute })}`,
  show: (minute, seats) => travel(minute, seats ?? page.now),
});

await Promise.all([loadSeats(), loadSession()]);
  page.auditorium.build(page.people);
  showCounts();
  showRest();
}
