// A room over time: how many were good, fair, poor, bad and not measured, each minute.
// Trouble stands at the bottom, where it is read best.

import { h, mark, s } from "../dom.js";
import { COUNTED, causeLabel, classShort, count, percent } from "../words.js";
import { chart, gapsOf, niceTop, runs, valueAxis } from "./frame.js";

const ORDER = ["bad", "poor", "fair", "good", "unclassified"];
const MINUTE_MS = 60_000;

/**
 * Keep a stacked chart in `node`.
 * @returns {(data: {minutes: string[], good: (number | null)[], …, unit: "counts" | "shares",
 *   spans: {begin: string, end: string | null, cause: string}[]}) => void}
 */
export function stackChart(node, height = 250) {
  return chart(node, {
    height: (_, width) => (width < 500 ? Math.min(height, 200) : height),
    left: 46,
    top: 20,
    label: (data) => `The room minute by minute, ${data.minutes.length} minutes; arrow keys read them out.`,
    draw,
    reading,
  });
}

function draw(data, frame) {
  const kinds = data.unit === "shares" ? ORDER.slice(0, 4) : ORDER;
  const stacked = stack(data, kinds);
  const most = data.unit === "shares" ? 1 : niceTop(stacked.at(-1).filter((one) => one !== null));
  const label = data.unit === "shares" ? (value) => percent(value) : (value) => count(Math.round(value));
  const areas = kinds.map((kind, k) =>
    s("path", { class: `area ${kind}`, d: areaPath(frame, stacked[k - 1], stacked[k], most) }),
  );
  return [
    ...gapsOf(frame, stacked[0]),
    ...areas,
    ...valueAxis(frame, most, label),
    ...spans(data.spans ?? [], frame),
  ];
}

function stack(data, kinds) {
  const length = data.minutes.length;
  const sums = [];
  let below = new Array(length).fill(0);
  const bases = data.minutes.map((_, i) =>
    data.unit === "shares" ? kinds.reduce((sum, kind) => sum + (data[kind]?.[i] ?? 0), 0) : 1,
  );
  for (const kind of kinds) {
    below = below.map((sum, i) => {
      const value = data[kind]?.[i];
      if (value === null || value === undefined || sum === null || !bases[i]) return null;
      return sum + value / bases[i];
    });
    sums.push(below);
  }
  return sums;
}

function areaPath(frame, lower, upper, most) {
  const point = (x, value) => `${x.toFixed(1)} ${frame.y(value, most).toFixed(1)}`;
  return runs(upper)
    .map(([from, to]) => {
      const top = [];
      const bottom = [];
      const begin = frame.x(frame.at(from));
      const end = frame.x(frame.at(to - 1) + MINUTE_MS);
      for (let i = from; i < to; i += 1) {
        const x = frame.x(frame.at(i) + MINUTE_MS / 2);
        const xs = [...(i === from ? [begin] : []), x, ...(i === to - 1 ? [end] : [])];
        for (const one of xs) {
          top.push(point(one, upper[i]));
          bottom.push(point(one, lower ? lower[i] : 0));
        }
      }
      return `M${top.join("L")}L${bottom.reverse().join("L")}Z`;
    })
    .join("");
}

/** Return a bar above the chart for the time of each finding. */
function spans(list, frame) {
  return list.slice(0, 3).map((one, k) => {
    const x = Math.max(frame.left, frame.x(Date.parse(one.begin)));
    const end = one.end ? Math.min(frame.right, frame.x(Date.parse(one.end))) : frame.right;
    const bar = s("rect", { class: one.end ? "span over" : "span", x, y: 2 + k * 5, width: Math.max(2, end - x), height: 3.5, rx: 1.5 });
    bar.append(s("title", {}, causeLabel(one.cause)));
    return bar;
  });
}

function reading(data, i) {
  const total = COUNTED.slice(0, 4).reduce((sum, kind) => sum + (data[kind]?.[i] ?? 0), 0);
  if (data.good?.[i] === null || data.good?.[i] === undefined) return ["no data"];
  return COUNTED.map((kind) => {
    const value = data[kind]?.[i] ?? 0;
    const share = kind === "unclassified" || !total ? "" : ` (${percent(value / total, 1)})`;
    return h("span", {}, mark(kind), ` ${classShort(kind)} ${count(value)}${share}`);
  });
}

/** Return the key to the colours. */
export const stackKey = () =>
  h("ul", { class: "keys" }, ["good", "fair", "poor", "bad", "unclassified"].map((kind) => h("li", {}, mark(kind), classShort(kind))));
