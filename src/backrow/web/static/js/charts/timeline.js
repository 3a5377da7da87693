// A person's minutes: the class of each, and under it a lane per medium and direction,
// episodes shaded and their causes named, gaps drawn as gaps.

import { s } from "../dom.js";
import { CLASSES, MEDIA, causeLabel, figure, metric } from "../words.js";
import { chart, gapsOf, lineOf, niceTop, valueAxis } from "./frame.js";
import { shadeOf } from "./lines.js";

const LANE = 74;
const BETWEEN = 26;
const STRIP = 14;
const HEAD = 42;

/** The choice that shows the machine instead of a medium. */
export const MACHINE = "machine";
const MACHINE_LANES = [
  ["system_max_cpu_pct", "Machine", "load, highest", "%", 0, 100],
  ["zoom_avg_cpu_pct", "Zoom", "its part of the load", "%", 0, 100],
  ["wifi_avg_rssi_dbm", "Wi-Fi", "signal", "dBm", -95, -25],
];
export const hasMachine = (machine) => machineLanes(machine).length > 0;

/** Return the metrics that any stream has, those that say most first. */
export function metricsOf(streams) {
  const order = ["score", "loss", "max_loss", "jitter", "latency", "bitrate", "frame_rate", "height"];
  const there = new Set();
  for (const directions of Object.values(streams)) {
    for (const values of Object.values(directions)) {
      for (const [name, list] of Object.entries(values)) if (list?.some((one) => one !== null)) there.add(name);
    }
  }
  return [...there].sort((a, b) => (order.indexOf(a) + 99) % 99 - (order.indexOf(b) + 99) % 99);
}

/**
 * Keep a timeline in `node`.
 * @returns {(data: {minutes: string[], classes: string[], streams: object,
 *   episodes: object[], metric: string}) => void}
 */
export function timeline(node) {
  return chart(node, {
    height: (data) => HEAD + Math.max(1, lanesOf(data).length) * (LANE + BETWEEN) + 24,
    left: 46,
    top: HEAD - 24,
    label: (data) => `${data.minutes.length} minutes: ${data.episodes.length} bad times; arrow keys read the minutes out.`,
    draw,
    reading,
  });
}

/** Return the lanes that have the metric: [{medium, direction, values, label, most, least}]. */
function lanesOf(data) {
  if (data.metric === MACHINE) return machineLanes(data.machine);
  const found = [];
  const { bare, unit } = metric(data.metric);
  for (const [medium, directions] of Object.entries(data.streams)) {
    for (const direction of ["received", "sent"]) {
      const values = directions[direction]?.[data.metric];
      if (!values?.some((one) => one !== null)) continue;
      const most = data.metric === "score" ? 5 : niceTop(values.filter((one) => one !== null), leastTop(data.metric));
      found.push({ medium, direction, values, most, least: 0, name: `${MEDIA[medium] ?? medium} ${direction}`, bare, unit });
    }
  }
  return found;
}

/** Return the lanes of the person's machine. */
function machineLanes(machine) {
  return MACHINE_LANES.filter(([key]) => machine?.[key]?.some((one) => one !== null)).map(([key, name, bare, unit, least, most]) => ({
    medium: "",
    direction: "received",
    values: machine[key],
    most,
    least,
    name,
    bare,
    unit,
  }));
}

function draw(data, frame) {
  const lanes = lanesOf(data);
  const nodes = [...strip(data, frame), ...marks(data.episodes, frame)];
  lanes.forEach((lane, k) => {
    const low = HEAD + k * (LANE + BETWEEN) + BETWEEN - 6;
    const high = low + LANE;
    const { least, bare, unit } = lane;
    const most = lane.most - least;
    const values = lane.values.map((one) => (one === null ? null : Math.max(0, one - least)));
    for (const one of data.episodes) {
      const isOurs = one.media === lane.medium && lane.direction === "received";
      nodes.push(...shadeOf(frame, one, low, high, isOurs ? "shade" : "shade faint"));
    }
    nodes.push(
      ...gapsOf(frame, values, low, high),
      ...valueAxis(frame, most, (value) => figure(value + least, value < 10 && value % 1 ? 1 : 0), { low, high, parts: 2 }),
      s("line", { class: "axis", x1: frame.left, x2: frame.right, y1: high, y2: high }),
      ...lineOf(frame, values, most, "metric", low, high),
      s("text", { class: "lane", x: frame.left, y: low - 6 }, `${lane.name}: ${bare}${unit ? `, ${unit}` : ""}`),
    );
  });
  if (!lanes.length) nodes.push(s("text", { x: frame.left, y: HEAD + 40 }, "It was not measured."));
  return nodes;
}

const leastTop = (name) => ({ loss: 5, jitter: 40, latency: 200 })[name] ?? 0;

function strip(data, frame) {
  const width = Math.max(1, frame.step - 1);
  return [...data.classes].flatMap((letter, i) => {
    if (letter === "-") return [];
    const inset = letter === "u" ? 4 : letter === "g" ? 3 : letter === "f" ? 1.5 : 0;
    const cell = s("rect", { class: `cell ${letter}`, x: frame.x(frame.at(i)) + (frame.step - width) / 2, width, y: frame.top + inset, height: STRIP - inset, rx: 1.5 });
    return [cell];
  });
}

/** Return the name of each episode's cause above it, where there is room. */
function marks(episodes, frame) {
  let free = frame.left;
  return episodes.flatMap((one) => {
    const x = Math.max(frame.left, frame.x(Date.parse(one.begin)));
    const end = one.end ? frame.x(Date.parse(one.end)) : frame.right;
    const label = causeLabel(one.cause);
    const wide = label.length * 6.4;
    const left = Math.max(frame.left, Math.min(x, frame.right - wide));
    const line = s("line", { class: "shade-edge", x1: x, x2: Math.min(end, frame.right), y1: frame.top - 4, y2: frame.top - 4 });
    if (left < free) return [line];
    free = left + wide + 8;
    return [line, s("text", { class: "cause", x: left, y: frame.top - 8 }, label)];
  });
}

function reading(data, i) {
  const { digits } = metric(data.metric);
  const at = Date.parse(data.minutes[i]);
  const episode = data.episodes.find((one) => Date.parse(one.begin) <= at && (!one.end || at < Date.parse(one.end)));
  return [
    CLASSES[data.classes[i]]?.label ?? "not there",
    ...lanesOf(data).map((one) => `${one.name}: ${figure(one.values[i], digits, one.unit)}`),
    ...(episode ? [causeLabel(episode.cause)] : []),
  ];
}

