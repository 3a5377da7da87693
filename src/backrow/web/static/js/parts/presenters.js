// Presenters: what each sends against what the room receives of it.

import { called, fill, h, mark, name, plain } from "../dom.js";
import { personUrl } from "../links.js";
import { lineChart, lineKey } from "../charts/lines.js";
import { figure, metric } from "../words.js";

const FIRST = ["audio_avg_loss_pct", "video_frame_rate_fps", "audio_latency_ms", "video_bitrate_kbps"];
const KEY = [
  { kind: "sent", label: "sent by the presenter" },
  { kind: "received", label: "received by the room, median" },
];

/** Keep the presenters in `node`, their metric chosen in `choice`. */
export function presenterLines(node, choice, key) {
  let list = [];
  let chosen = "";
  const charts = new Map();

  const show = () => {
    const names = metricsOf(list);
    if (!names.includes(chosen)) chosen = names[0] ?? "";
    if (choice.length !== names.length) fill(choice, names.map((one) => h("option", { value: one }, metric(one).label)));
    choice.value = chosen;
    choice.hidden = names.length === 0;
    for (const id of charts.keys()) if (!list.some((one) => one.participant === id)) charts.delete(id);
    const rows = list.map((one) => rowOf(one).node);
    if (!rows.length) {
      fill(node, h("p", { class: "notice" }, "Nobody is on the stage."));
      return;
    }
    const wanted = [...rows, legend];
    if (wanted.length !== node.children.length || wanted.some((one, i) => one !== node.children[i])) fill(node, wanted);
    for (const one of list) rowOf(one).take(one);
  };
  const legend = lineKey(KEY);
  const rowOf = (one) => {
    if (!charts.has(one.participant)) charts.set(one.participant, presenter(one, key, chosen));
    return charts.get(one.participant);
  };
  choice.addEventListener("change", () => {
    chosen = choice.value;
    charts.clear();
    show();
  });
  return (next) => {
    list = next;
    show();
  };
}

function metricsOf(list) {
  const there = new Set();
  for (const one of list) {
    for (const side of [one.sent, one.received_by_room]) {
      for (const [key, values] of Object.entries(side ?? {})) if (values?.some((value) => value !== null)) there.add(key);
    }
  }
  const rank = (key) => (FIRST.includes(key) ? FIRST.indexOf(key) : 99);
  return [...there].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

function presenter(first, key, chosen) {
  const { unit, digits, label } = metric(chosen);
  const sign = h("span", {});
  const sentence = h("p", { class: "muted small" });
  const chartNode = h("div", { class: "chart" });
  const node = h(
    "div",
    { class: "presenter" },
    h("div", {}, h("p", { class: "who-line" }, sign, h("a", { href: personUrl(key, first.participant) }, name(called(first)))), sentence),
    chartNode,
  );
  const show = (value) => figure(value, digits, unit);
  const draw = lineChart(chartNode, { height: 78, label: `${label}, ${called(first)}`, parts: 1, least: unit === "%" ? 2 : 0, show, axis: (value) => figure(value, value % 1 ? 1 : 0) });
  return {
    node,
    take(one) {
      fill(sign, mark(one.class ?? "unclassified"));
      sentence.textContent = plain(one.sentence, 600);
      const blank = one.minutes.map(() => null);
      draw({
        minutes: one.minutes,
        lines: [
          { ...KEY[0], values: one.sent?.[chosen] ?? blank },
          { ...KEY[1], values: one.received_by_room?.[chosen] ?? blank },
        ],
      });
    },
  };
}
