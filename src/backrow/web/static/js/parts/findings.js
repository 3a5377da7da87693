// Findings as cards: what, what to do, how we know, whom it hits.

import { called, fill, h, name, plain } from "../dom.js";
import { fetchJson } from "../feed.js";
import { groupUrl, personUrl, safeUrl, sessionUrl } from "../links.js";
import { clock } from "../times.js";
import { lineChart, lineKey } from "../charts/lines.js";
import { MEDIA, attributeLabel, causeLabel, count, figure, percent } from "../words.js";

const LISTED = 40;

/** Keeps the cards of a session's findings, and which of them is chosen. */
export class Findings {
  #node;
  #key;
  #choose;
  #nameOf;
  #chosen = null;
  #cards = new Map();

  /**
   * @param {HTMLElement} node
   * @param {{key: string, nameOf: (participant: string) => string,
   *          choose: ((finding: object | null) => void) | null}} how
   *   `choose` null: cards have no seats to light.
   */
  constructor(node, { key, nameOf, choose }) {
    this.#node = node;
    this.#key = key;
    this.#nameOf = nameOf;
    this.#choose = choose;
  }

  /** Show findings: those that last first. */
  show(findings, calm = null) {
    const lasting = findings.filter((one) => !one.end);
    const over = findings.filter((one) => one.end);
    const cards = [...lasting, ...over].map((one) => this.#card(one));
    for (const id of this.#cards.keys()) if (!findings.some((one) => one.id === id)) this.#cards.delete(id);
    if (!lasting.length && calm) cards.unshift(calm);
    if (this.#node.children.length !== cards.length || cards.some((one, i) => this.#node.children[i] !== one)) fill(this.#node, cards);
    for (const card of this.#cards.values()) card.draw();
    const chosen = findings.find((one) => one.id === this.#chosen);
    if (chosen) this.#choose?.(chosen);
    else if (this.#chosen) this.#release();
  }

  /** Choose none. */
  release() {
    if (this.#chosen) this.#release();
  }

  #release() {
    this.#chosen = null;
    this.#mark();
    this.#choose?.(null);
  }

  #pick(id, finding) {
    if (this.#chosen === id) return this.#release();
    this.#chosen = id;
    this.#mark();
    this.#choose?.(finding());
    return undefined;
  }

  #mark() {
    for (const [id, card] of this.#cards) card.mark(id === this.#chosen);
  }

  /** Return the node of a finding's card: the same one as long as it lasts. */
  #card(finding) {
    const kept = this.#cards.get(finding.id);
    if (kept) {
      kept.take(finding);
      return kept.node;
    }
    const card = cardOf(finding, {
      key: this.#key,
      nameOf: this.#nameOf,
      pick: this.#choose ? (read) => this.#pick(finding.id, read) : null,
    });
    this.#cards.set(finding.id, card);
    return card.node;
  }
}

/** Return findings of which only ids are at hand, whole, from the session's page. */
export async function wholeFindings(key, list) {
  if (!list.length) return [];
  const ids = new Set(list.map((one) => one.id));
  const session = await fetchJson(`${sessionUrl(key)}.json`);
  return session.findings.filter((one) => ids.has(one.id));
}

function cardOf(first, { key, nameOf, pick }) {
  let finding = first;
  const kind = h("p", { class: "kind" });
  const sentence = h("h3", {});
  const advice = h("p", { class: "do" });
  const light = pick && h("button", { type: "button", "aria-pressed": "false", onclick: () => pick(() => finding) }, "Show the seats");
  const actions = h("div", { class: "actions" });
  const chartNode = h("div", { class: "chart" });
  const evidence = h("ul", { class: "evidence" });
  const people = h("ul", { class: "people" });
  const proof = h(
    "details",
    {},
    h("summary", {}, "How we know"),
    chartNode,
    lineKey(sidesOf(first)),
    evidence,
  );
  const affected = h("details", {}, h("summary", {}), people);
  const node = h("article", { class: "card finding" }, h("div", { class: "body" }, kind, sentence, advice, actions, proof, affected));
  const chart = lineChart(chartNode, {
    height: 128,
    label: "Share with trouble",
    most: 1,
    show: (value) => percent(value, 1),
    axis: (value) => percent(value),
  });
  const drawChart = () => proof.open && finding.timeline && chart(timelineOf(finding));
  const listPeople = () => affected.open && fill(people, listed(finding, key, nameOf));
  proof.addEventListener("toggle", drawChart);
  affected.addEventListener("toggle", listPeople);

  const take = (next) => {
    finding = next;
    node.classList.toggle("cleared", Boolean(finding.end));
    fill(kind, kindOf(finding));
    fill(sentence, plain(finding.sentence, 600));
    advice.textContent = plain(finding.advice, 600);
    fill(actions, light, links(finding, key));
    fill(evidence, finding.evidence.map(evidenceLine), scopeLine(finding, nameOf));
    affected.firstChild.textContent = `Affected: ${count(finding.participants.length)}`;
    affected.hidden = finding.participants.length === 0;
    listPeople();
  };
  take(first);
  return {
    node,
    take,
    draw: drawChart,
    mark(isChosen) {
      node.classList.toggle("chosen", isChosen);
      light?.setAttribute("aria-pressed", String(isChosen));
      if (light) light.textContent = isChosen ? "Show all seats" : "Show the seats";
    },
  };
}

/** Return what the two lines of a finding's chart are. */
function sidesOf(finding) {
  if (finding.scope?.participant) return [{ kind: "ours", label: "with trouble, or hit from the stage" }];
  return [
    { kind: "ours", label: "with trouble: those in it" },
    { kind: "others", label: "everybody else" },
  ];
}

function kindOf(finding) {
  const since = finding.end ? `${clock(finding.begin)} to ${clock(finding.end)}` : `since ${clock(finding.begin)}`;
  return [
    h("b", {}, causeLabel(finding.cause)),
    h("span", {}, since),
    finding.end
      ? h("span", { class: "pill" }, "over")
      : h("span", { class: "pill trouble" }, "now"),
    h("span", {}, MEDIA[finding.media] ?? ""),
  ];
}

function links(finding, key) {
  const scope = Object.keys(finding.scope ?? {}).length ? finding.scope : null;
  const group = safeUrl(finding.links?.group) ?? (scope && !scope.participant ? groupUrl(key, scope) : null);
  const csv = safeUrl(finding.links?.people_csv);
  const presenter = finding.scope?.participant;
  return [
    presenter && h("a", { class: "button", href: personUrl(key, presenter) }, "The presenter"),
    group && h("a", { class: "button", href: group }, "The group"),
    csv && h("a", { class: "button", href: csv, download: "" }, "CSV"),
  ];
}

function evidenceLine(one) {
  const digits = Math.abs(one.value) < 10 && one.value % 1 ? 1 : 0;
  const beside = one.compared_with;
  const unit = plain(one.unit, 12);
  const [what, against] = plain(one.what, 200).split("; ");
  const isAlone = beside === null || beside === undefined;
  const text = isAlone ? null : h("span", { class: "beside" }, `${against ?? "compared with"}: ${figure(beside, Math.abs(beside) < 10 && beside % 1 ? 1 : 0, unit)}`);
  return h("li", {}, h("span", {}, what, text), h("span", { class: "value num" }, figure(one.value, digits, unit)));
}

function scopeLine(finding, nameOf) {
  const scope = Object.entries(finding.scope ?? {}).map(([k, v]) => (k === "participant" ? called({ name: nameOf(v), participant: v }) : `${attributeLabel(k)} ${plain(v, 60)}`));
  const twins = (finding.indistinguishable ?? []).map((one) => Object.entries(one).map(([k, v]) => `${attributeLabel(k)} ${plain(v, 60)}`).join(" with "));
  const base = `${count(finding.affected)} of ${count(finding.measured)} measured, ${count(finding.present)} there`;
  return [
    h("li", {}, h("span", {}, scope.length ? `${finding.scope.participant ? "On the stage" : "They share"}: ${scope.join(", ")}` : "Everybody"), h("span", { class: "value num" }, base)),
    twins.length ? h("li", {}, h("span", {}, `Cannot be told apart from: ${twins.join(", or ")}`)) : null,
    h("li", {}, h("span", {}, "Confidence"), h("span", { class: "value num" }, percent(Math.min(0.99, finding.confidence)))),
  ];
}

function listed(finding, key, nameOf) {
  const shown = finding.participants.slice(0, LISTED);
  const items = shown.map((id) => h("li", {}, h("a", { href: personUrl(key, id) }, name(called({ name: nameOf(id), participant: id })))));
  const rest = finding.participants.length - shown.length;
  if (rest > 0) items.push(h("li", { class: "muted" }, `and ${count(rest)} more, in the CSV`));
  return items;
}

function timelineOf(finding) {
  const { minutes, affected_share: ours, others_share: others } = finding.timeline;
  return {
    minutes,
    lines: sidesOf(finding).map((side, k) => ({ ...side, values: k ? others : ours })),
    shade: finding,
  };
}
