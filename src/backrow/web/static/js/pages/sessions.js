// All sessions: the live ones as cards, past ones as a table.

import { byId, fill, h, name, plain, s } from "../dom.js";
import { fetchJson } from "../feed.js";
import { sessionUrl } from "../links.js";
import { clock, day, setZone, zoneName } from "../times.js";
import { count, percent } from "../words.js";

const AGAIN_MS = 15000;

async function show() {
  const page = await fetchJson(`/index.json${location.search}`);
  setZone(page.zone);
  for (const node of document.querySelectorAll(".zone")) node.textContent = zoneName();
  const parts = [];
  if (page.live.length) parts.push(h("section", { "aria-labelledby": "live" }, h("h2", { id: "live" }, "Live now"), h("div", { class: "lives" }, page.live.map(liveCard))));
  if (page.past.length) parts.push(pastTable(page.past));
  if (!parts.length) parts.push(nothing(page.query));
  fill(byId("sessions"), parts);
}

const titleOf = (one) => plain(one.topic, 200) || `Session ${plain(one.number, 20)}`;

function liveCard(one) {
  const lasting = one.findings.filter((finding) => finding.state === "raised" || finding.state === "updated");
  return h(
    "a",
    { class: "card live-card", href: sessionUrl(one.key) },
    h("span", { class: "pill live" }, "Live"),
    h("h3", {}, name(titleOf(one), 200)),
    h("p", { class: "muted small" }, facts(one)),
    bar(one.good_share),
    h("p", { class: "said prose" }, lasting.length ? plain(lasting[0].sentence, 300) : "Nothing wrong that many share."),
    lasting.length > 1 ? h("p", { class: "muted small" }, `and ${lasting.length - 1} more`) : null,
  );
}

function facts(one) {
  return [
    `${one.kind} ${plain(one.number, 20)}`,
    `since ${clock(one.start_at)}`,
    `${count(one.people)} people`,
    one.good_share === null ? "nobody measured yet" : `${percent(one.good_share, 1)} of ${count(one.measured)} measured good`,
  ].join(" · ");
}

/** Return a bar of the share that is good; the figure stands beside it as text. */
function bar(share, kind = "") {
  if (share === null || share === undefined) return null;
  return s(
    "svg",
    { class: `share-bar ${kind}`, viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { width: 100, height: 8, rx: 1, class: "rest" }),
    s("rect", { width: Math.max(0, 100 * share - 0.4), height: 8, class: "good" }),
  );
}

function pastTable(list) {
  const rows = list.map((one) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, h("a", { href: sessionUrl(one.key) }, name(titleOf(one), 200)), one.findings.length ? h("p", { class: "said" }, plain(one.findings[0].sentence, 200)) : null),
      h("td", { class: "num" }, `${day(one.start_at)}, ${clock(one.start_at)}`, one.end_at ? ` to ${clock(one.end_at)}` : ""),
      h("td", { class: "number" }, count(one.people)),
      h("td", { class: "number optional" }, count(one.measured)),
      h("td", { class: "number" }, bar(one.good_share, "inline"), percent(one.good_share, 1)),
      h("td", { class: "number" }, count(one.findings.length)),
    ),
  );
  const heads = [["Session"], ["When"], ["People", "number"], ["Measured", "number optional"], ["Good", "number"], ["Findings", "number"]];
  return h(
    "section",
    { "aria-labelledby": "past" },
    h("h2", { id: "past" }, "Past"),
    h("div", { class: "card scroll past", tabindex: "0", role: "region", "aria-labelledby": "past" }, h("table", {}, h("thead", {}, h("tr", {}, heads.map(([text, kind]) => h("th", { scope: "col", class: kind }, text)))), h("tbody", {}, rows))),
  );
}

function nothing(query) {
  return query
    ? h("p", { class: "card notice" }, `No session has "${plain(query, 80)}" in its topic, number or host. `, h("a", { href: "/" }, "All sessions"))
    : h("p", { class: "card notice" }, "Nothing has been collected yet. ", h("code", {}, "backrow watch"), " collects live sessions, ", h("code", {}, "backrow demo"), " shows a simulated one.");
}

await show();
setInterval(() => document.visibilityState === "visible" && show(), AGAIN_MS);
