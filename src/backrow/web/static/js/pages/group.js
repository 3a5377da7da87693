// A group: could it be judged, how was it, against everybody else, who is in it.

import { byId, fill, h, plain, segments } from "../dom.js";
import { fetchJson } from "../feed.js";
import { groupUrl, ownKey } from "../links.js";
import { stackChart, stackKey } from "../charts/stack.js";
import { Findings, wholeFindings } from "../parts/findings.js";
import { startShell } from "../parts/shell.js";
import { peopleTable } from "../parts/worst.js";
import { setZone } from "../times.js";
import { MEDIA, attributeLabel, count, figure, percent } from "../words.js";

const key = ownKey();
const shell = startShell();
const page = await fetchJson(`${location.pathname}.json${location.search}`);
setZone(page.zone);
const whole = await wholeFindings(key, page.findings);
shell.warn(page.warning);
shell.newest(page.newest_minute, page.age_s, page.session.state === "live");

const { counts, against } = page;
const figures = [
  [count(counts.there), "people"],
  [count(counts.measured), "measured"],
  [percent(against.share_bad, 1), "of their minutes with trouble"],
  [percent(against.others_share_bad, 1), "of everybody else's"],
  [against.lift === null || against.lift === undefined ? "–" : `${figure(against.lift, 1)}×`, "as often"],
  [MEDIA[page.worst_medium] ?? "–", "suffers most"],
];
fill(byId("figures"), figures.map(([value, label]) => h("li", {}, h("b", {}, value), h("span", {}, label))));

const overTime = stackChart(byId("over-time"), 220);
byId("over-time").after(stackKey());
const draw = (unit) => overTime({ ...page.series, unit, spans: whole });
segments(byId("time-unit"), [["counts", "People"], ["shares", "Shares"]], "counts", draw);
draw("counts");

const nameOf = new Map(page.members.map((one) => [one.participant, one.name]));
new Findings(byId("group-findings"), { key, nameOf: (id) => nameOf.get(id) ?? "", choose: null }).show(whole);
peopleTable(byId("members"), byId("members-filter"), key, "The people of this group")({ rows: page.members, isLive: page.session.state === "live" });

const shared = page.shared.flatMap((one) => [
  h("dt", {}, attributeLabel(one.attribute)),
  h("dd", {}, h("a", { href: groupUrl(key, { [one.attribute]: one.value }) }, h("bdi", {}, plain(one.value, 80))), h("span", { class: "muted" }, ` ${percent(one.share)}`)),
]);
fill(byId("shared"), shared.length ? h("dl", { class: "facts" }, shared) : h("p", { class: "muted" }, "Nothing that four in five of them share."));
