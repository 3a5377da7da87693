// What every chart over time has: the axis of time, a crosshair with a reading for
// pointer and keyboard, and the width of its place. Gaps in the data stay gaps.

import { fill, h, s } from "../dom.js";
import { clock, wallMinutes } from "../times.js";

const MINUTE_MS = 60_000;
const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440];
const LABEL_PX = 58;

/**
 * Keep a chart in `node`.
 * @param {HTMLElement} node
 * @param {{height: number | ((data: object, width: number) => number), left?: number,
 *   right?: number, top?: number,
 *   label: (data: object) => string, draw: (data: object, frame: Frame) => Node[],
 *   reading: (data: object, i: number) => (string | Node)[]}} spec
 * @returns {(data: object) => void} draws the data, now and when the width changes.
 *   `data.minutes` are ISO instants, one a minute, ascending.
 *
 * @typedef {{x: (at: number) => number, at: (i: number) => number, step: number,
 *   left: number, right: number, top: number, bottom: number,
 *   y: (value: number, most: number) => number}} Frame
 */
export function chart(node, spec) {
  let data = null;
  let width = 0;
  let focus = -1;
  let frame = null;
  const svg = s("svg", { role: "img", tabindex: "0" });
  const cross = s("line", { class: "cross", visibility: "hidden" });
  const reading = h("div", { class: "reading", hidden: true });
  const heard = h("p", { class: "unseen", "aria-live": "polite" });
  node.append(svg, reading, heard);

  const draw = () => {
    width = node.clientWidth;
    if (!data || width < 40) return;
    frame = frameOf(data, spec, width);
    svg.setAttribute("height", frame.height);
    svg.setAttribute("aria-label", spec.label(data));
    fill(svg, timeAxis(frame), spec.draw(data, frame), cross);
    if (focus >= 0) show(Math.min(focus, data.minutes.length - 1));
  };

  const show = (i, aloud = false) => {
    focus = i;
    const isOn = i >= 0 && data.minutes.length > 0;
    cross.setAttribute("visibility", isOn ? "visible" : "hidden");
    reading.hidden = !isOn;
    if (!isOn) return;
    const x = frame.x(frame.at(i) + MINUTE_MS / 2);
    for (const [key, value] of Object.entries({ x1: x, x2: x, y1: frame.top, y2: frame.bottom })) cross.setAttribute(key, value);
    const lines = spec.reading(data, i);
    fill(reading, h("b", {}, clock(data.minutes[i])), lines.map((one) => h("div", {}, one)));
    if (aloud) heard.textContent = reading.innerText.replaceAll("\n", ", ");
    const wide = reading.offsetWidth;
    const left = x + 14 + wide < width ? x + 14 : x - wide - 14;
    reading.style.transform = `translate(${Math.max(0, left)}px, ${frame.top + 4}px)`;
  };

  svg.addEventListener("pointermove", (event) => {
    if (!frame || !data.minutes.length) return;
    const x = event.clientX - svg.getBoundingClientRect().left;
    show(frame.index(x));
  });
  svg.addEventListener("pointerleave", () => document.activeElement !== svg && frame && show(-1));
  svg.addEventListener("blur", () => frame && show(-1));
  svg.addEventListener("keydown", (event) => {
    if (!frame || !data.minutes.length) return;
    const last = data.minutes.length - 1;
    const to = { ArrowLeft: focus < 0 ? last : focus - 1, ArrowRight: focus < 0 ? last : focus + 1, Home: 0, End: last, Escape: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(to < 0 && event.key !== "Escape" ? 0 : Math.min(last, to), true);
  });
  new ResizeObserver(() => node.clientWidth !== width && draw()).observe(node);

  return (next) => {
    data = next;
    draw();
  };
}

function frameOf(data, spec, width) {
  const times = data.minutes.map((one) => Date.parse(one));
  const begin = times[0] ?? 0;
  const end = (times.at(-1) ?? 0) + MINUTE_MS;
  const height = typeof spec.height === "function" ? spec.height(data, width) : spec.height;
  const left = spec.left ?? 40;
  const right = width - (spec.right ?? 8);
  const top = spec.top ?? 10;
  const bottom = height - 24;
  const x = (at) => left + ((at - begin) / Math.max(1, end - begin)) * (right - left);
  return {
    width,
    height,
    left,
    right,
    top,
    bottom,
    begin,
    end,
    x,
    at: (i) => times[i],
    step: x(begin + MINUTE_MS) - x(begin),
    index: (px) => {
      const wanted = begin + ((px - left) / (right - left)) * (end - begin) - MINUTE_MS / 2;
      let best = 0;
      times.forEach((one, i) => {
        if (Math.abs(one - wanted) < Math.abs(times[best] - wanted)) best = i;
      });
      return best;
    },
    y: (value, most, low = top, high = bottom) => high - (Math.min(value, most) / Math.max(most, 1e-9)) * (high - low),
  };
}

function timeAxis(frame) {
  const minutes = (frame.end - frame.begin) / MINUTE_MS;
  const room = Math.max(1, Math.floor((frame.right - frame.left) / LABEL_PX));
  const step = STEPS_MIN.find((one) => minutes / one <= room) ?? STEPS_MIN.at(-1);
  const nodes = [s("line", { class: "axis", x1: frame.left, x2: frame.right, y1: frame.bottom + 0.5, y2: frame.bottom + 0.5 })];
  for (let at = frame.begin; at < frame.end; at += MINUTE_MS) {
    if (wallMinutes(at) % step) continue;
    const x = frame.x(at);
    nodes.push(s("line", { class: "axis", x1: x, x2: x, y1: frame.bottom, y2: frame.bottom + 4 }));
    const anchor = x - frame.left < 14 ? "start" : frame.right - x < 16 ? "end" : "middle";
    nodes.push(s("text", { x, y: frame.bottom + 17, "text-anchor": anchor }, clock(at)));
  }
  return nodes;
}

/** Return lines and figures of the other axis. */
export function valueAxis(frame, most, label, { low = frame.top, high = frame.bottom, parts = 2 } = {}) {
  const nodes = [];
  for (let k = 0; k <= parts; k += 1) {
    const value = (most * k) / parts;
    const y = frame.y(value, most, low, high);
    if (k) nodes.push(s("line", { class: "axis", x1: frame.left, x2: frame.right, y1: y, y2: y }));
    nodes.push(s("text", { x: frame.left - 7, y: y + 4, "text-anchor": "end" }, label(value)));
  }
  return nodes;
}

/** Return the runs of known values: [[from, to), …]. */
export function runs(values) {
  const found = [];
  let from = -1;
  for (let i = 0; i <= values.length; i += 1) {
    const known = i < values.length && values[i] !== null && values[i] !== undefined;
    if (known && from < 0) from = i;
    if (!known && from >= 0) {
      found.push([from, i]);
      from = -1;
    }
  }
  return found;
}

/** Return a rounded top for an axis. */
export function niceTop(values, least = 0) {
  let most = least;
  for (const one of values) if (one > most) most = one;
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((one) => one * power >= most) * power;
}

/** Return a line as paths and single dots, with a break at every gap. */
export function lineOf(frame, values, most, kind, low, high) {
  const nodes = [];
  let path = "";
  for (const [from, to] of runs(values)) {
    const points = [];
    for (let i = from; i < to; i += 1) {
      points.push(`${frame.x(frame.at(i) + MINUTE_MS / 2).toFixed(1)} ${frame.y(values[i], most, low, high).toFixed(1)}`);
    }
    if (points.length > 1) path += `M${points.join("L")}`;
    else {
      const [cx, cy] = points[0].split(" ");
      nodes.push(s("circle", { class: `dot ${kind}`, cx, cy, r: 2.2 }));
    }
  }
  if (path) nodes.push(s("path", { class: `line ${kind}`, d: path }));
  return nodes;
}

/** Return the places without data as boxes. */
export function gapsOf(frame, values, low = frame.top, high = frame.bottom) {
  return runs(values.map((one) => (one === null || one === undefined ? 1 : null))).map(([from, to]) => {
    const x = frame.x(frame.at(from));
    return s("rect", { class: "gap", x, width: Math.max(1, frame.x(frame.at(to - 1) + MINUTE_MS) - x), y: low, height: high - low });
  });
}
