// Two lines against each other: those affected and everybody else, or what a presenter
// sends and what the room receives.

import { h, s } from "../dom.js";
import { chart, gapsOf, lineOf, niceTop, valueAxis } from "./frame.js";

/**
 * Keep lines in `node`.
 * @param {HTMLElement} node
 * @param {{height: number, label: string, least?: number, parts?: number, left?: number,
 *   show: (value: number | null) => string}} look
 * @returns {(data: {minutes: string[], lines: {kind: string, label: string,
 *   values: (number | null)[]}[], shade?: {begin: string, end: string | null}}) => void}
 */
export function lineChart(node, look) {
  return chart(node, {
    height: look.height,
    left: look.left ?? 46,
    label: (data) => `${look.label}: ${data.lines.map((one) => one.label).join(" against ")}, ${data.minutes.length} minutes.`,
    draw: (data, frame) => {
      const most = look.most ?? niceTop(data.lines.flatMap((one) => one.values.filter((value) => value !== null)), look.least ?? 0);
      return [
        ...(data.shade ? shadeOf(frame, data.shade) : []),
        ...gapsOf(frame, data.lines[0].values),
        ...valueAxis(frame, most, look.axis ?? look.show, { parts: look.parts ?? 2 }),
        ...data.lines.toReversed().flatMap((one) => lineOf(frame, one.values, most, one.kind)),
      ];
    },
    reading: (data, i) => data.lines.map((one) => `${one.label}: ${look.show(one.values[i])}`),
  });
}

/** Return the shade of a stretch of time. */
export function shadeOf(frame, { begin, end }, low = frame.top, high = frame.bottom, kind = "shade") {
  const x = Math.max(frame.left, frame.x(Date.parse(begin)));
  const to = end ? Math.min(frame.right, frame.x(Date.parse(end))) : frame.right;
  if (to <= x) return [];
  return [s("rect", { class: kind, x, width: to - x, y: low, height: high - low })];
}

/** Return the key to the lines. */
export const lineKey = (lines) =>
  h(
    "ul",
    { class: "keys chart" },
    lines.map((one) => h("li", {}, s("svg", { viewBox: "0 0 24 8", "aria-hidden": "true" }, s("path", { class: `line ${one.kind}`, d: "M1 4H23" })), one.label)),
  );
