// One person: the timeline, beside the neighbours, the facts.

import { byId, fill, h, name, plain, segments } from "../dom.js";
import { fetchJson } from "../feed.js";
import { groupUrl, ownKey, personUrl } from "../links.js";
import { lineChart, lineKey } from "../charts/lines.js";
import { MACHINE, hasMachine, metricsOf, timeline } from "../charts/timeline.js";
import { Findings, wholeFindings } from "../parts/findings.js";
import { startShell } from "../parts/shell.js";
import { clock, setZone } from "../times.js";
import { attributeLabel, count, figure, metric } from "../words.js";

const GROUPED = ["site", "location", "network", "data_center", "version", "os", "network_type"];
const FACTS = [
  ["role", "Role"],
  ["email", "Email"],
  ["ip_address", "Address"],
  ["network", "Network"],
  ["network_type", "Connection"],
  ["site", "Site"],
  ["location", "Place"],
  ["data_center", "Data center"],
  ["device", "Device"],
  ["os", "System"],
  ["version", "Zoom version"],
  ["microphone", "Microphone"],
  ["speaker", "Speaker"],
  ["camera", "Camera"],
];
const AGAIN_MS = 20000;

const key = ownKey();
const shell = startShell();
const draw = timeline(byId("timeline"));
const beside = lineChart(byId("neighbours"), { height: 150, label: "Score", most: 5, show: (value) => figure(value, 1), axis: (value) => figure(value, value % 1 ? 1 : 0) });
const findings = new Findings(byId("person-findings"), { key, nameOf: () => "", choose: null });
let chosen = "";
let isLive = false;

await show();
setInterval(() => document.visibilityState === "visible" && isLive && show(), AGAIN_MS);

async function show() {
  const page = await fetchJson(`${location.pathname}.json`);
  setZone(page.zone);
  isLive = page.session.state === "live";
  shell.say(page.headline, page.rest);
  shell.warn(page.warning);
  shell.newest(page.newest_minute, page.age_s, isLive);
  showTimeline(page);
  showNeighbours(page.neighbours);
  findings.show(await wholeFindings(key, page.findings));
  showFacts(page.person);
  showStays(page);
}

function showTimeline(page) {
  const names = metricsOf(page.streams);
  const choices = names.map((one) => [one, metric(one).bare]);
  if (hasMachine(page.machine)) choices.push([MACHINE, "machine"]);
  const blamed = page.episodes.map((one) => one.due_to ?? "").join(" ");
  const guess = names.find((one) => one !== "score" && blamed.includes(one));
  if (!choices.some(([one]) => one === chosen)) chosen = guess ?? names.find((one) => one === "loss") ?? names[0] ?? "loss";
  const redraw = () => draw({ minutes: page.minutes, classes: page.classes, streams: page.streams, machine: page.machine, episodes: page.episodes, metric: chosen });
  segments(byId("metric"), choices, chosen, (next) => {
    chosen = next;
    redraw();
  });
  redraw();
}

function showNeighbours(one) {
  const has = Boolean(one?.count && one.score_median?.some((value) => value !== null));
  byId("neighbours-card").hidden = !has;
  if (!has) return;
  const lines = [
    { kind: "ours", label: "this person", values: one.theirs },
    { kind: "others", label: one.count === 1 ? "one neighbour" : `median of ${count(one.count)} neighbours`, values: one.score_median },
  ];
  fill(byId("neighbours-about"), `Score, 1 to 5, against ${one.count === 1 ? "one other" : `${count(one.count)} others`} with the same ${attributeLabel(one.attribute)}: `, h("a", { href: groupUrl(key, { [one.attribute]: one.value }) }, h("bdi", {}, plain(one.value, 60))));
  beside({ minutes: one.minutes, lines });
  byId("neighbours").nextElementSibling?.remove();
  byId("neighbours").after(lineKey(lines));
}

function showFacts(person) {
  const rows = FACTS.filter(([fact]) => person[fact]).flatMap(([fact, label]) => {
    const text = h("bdi", {}, plain(person[fact], 120));
    return [h("dt", {}, label), h("dd", {}, GROUPED.includes(fact) ? h("a", { href: groupUrl(key, { [fact]: person[fact] }) }, text) : text)];
  });
  fill(byId("facts"), rows, h("dt", {}, "Zoom's id"), h("dd", {}, plain(person.participant, 60)));
}

function showStays(page) {
  const joins = page.person.joins ?? [];
  const items = joins.map((one) => h("li", {}, `${clock(one.join_at)} to ${one.leave_at ? clock(one.leave_at) : isLive ? "now" : "the end"}`, one.reason ? h("span", { class: "muted" }, ` · ${plain(one.reason, 120)}`) : null));
  const others = (page.other_stays ?? []).map((one) => h("li", {}, h("a", { href: personUrl(key, one.participant) }, name(`another stay, from ${clock(one.join_at)}`))));
  const all = [...items, ...others];
  fill(byId("stays"), all.length ? h("ul", { class: "num" }, all) : h("p", { class: "muted" }, "Not known."));
}
