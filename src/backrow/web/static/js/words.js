// What things are called on the screen: one table each.

/** Classes by the letter that seats carry. */
export const CLASSES = {
  g: { name: "good", label: "good" },
  f: { name: "fair", label: "fair" },
  p: { name: "poor", label: "poor" },
  b: { name: "bad", label: "bad" },
  u: { name: "unclassified", label: "not measured: muted, phone or no data", short: "not measured" },
  "-": { name: "gone", label: "has left" },
};
export const LETTERS = "gfpbu-";
export const LETTER_OF = { good: "g", fair: "f", poor: "p", bad: "b", unclassified: "u", gone: "-" };
export const COUNTED = ["good", "fair", "poor", "bad", "unclassified"];

/** Return a class in words; null is "not measured". */
export const classLabel = (name) => CLASSES[LETTER_OF[name] ?? "u"].label;
export const classShort = (name) => {
  const one = CLASSES[LETTER_OF[name] ?? "u"];
  return one.short ?? one.label;
};

export const ROLES = { h: "host", p: "panelist", a: "attendee" };

export const CAUSES = {
  presenter_network: "A presenter's line",
  presenter_device: "A presenter's machine",
  zoom_core: "Zoom itself",
  data_center: "A Zoom data center",
  shared_network: "A shared network",
  place: "A place",
  app_version: "A version or system",
  own_device: "Own machine",
  own_wifi: "Own Wi-Fi",
  own_cellular: "Own mobile connection",
  own_bandwidth: "Own line is full",
  distant_data_center: "Distant data center",
  unknown: "No common cause",
};
export const causeLabel = (cause) => CAUSES[cause] ?? plainWords(cause);

export const ATTRIBUTES = {
  site: "site",
  network: "network",
  location: "place",
  isp: "provider",
  data_center: "data center",
  version: "version",
  os: "system",
  device: "device",
  network_type: "connection",
  connection_type: "transport",
  cause: "cause",
};
export const attributeLabel = (name) => ATTRIBUTES[name] ?? plainWords(name);

export const MEDIA = { audio: "Sound", video: "Video", share: "Screen" };

/** Metrics by the last part of their name: label, unit, digits. */
const METRICS = {
  loss: ["loss", "%", 1],
  max_loss: ["worst loss", "%", 1],
  width: ["width", "px", 0],
  avg_loss_pct: ["loss", "%", 1],
  max_loss_pct: ["worst loss", "%", 1],
  machine: ["machine", "", 0],
  jitter: ["jitter", "ms", 0],
  jitter_ms: ["jitter", "ms", 0],
  latency: ["round trip", "ms", 0],
  latency_ms: ["round trip", "ms", 0],
  bitrate: ["bitrate", "kbit/s", 0],
  bitrate_kbps: ["bitrate", "kbit/s", 0],
  frame_rate: ["frames a second", "", 0],
  frame_rate_fps: ["frames a second", "", 0],
  height: ["height", "px", 0],
  height_px: ["height", "px", 0],
  width_px: ["width", "px", 0],
  score: ["score, 1 to 5", "", 1],
  mos: ["score, 1 to 5", "", 1],
};

/** Return {medium, label, unit, digits} of a metric such as "audio_avg_loss_pct". */
export function metric(name) {
  const parts = /^(?:(audio|video|share)_)?(?:(?:sent|received)_)?(.+)$/.exec(name) ?? [];
  const [label, unit, digits] = METRICS[parts[2]] ?? [plainWords(parts[2] ?? name), "", 1];
  const medium = parts[1] ? MEDIA[parts[1]] : "";
  return { medium, unit, digits, label: medium ? `${medium}: ${label}` : label, bare: label };
}

export const plainWords = (name) => String(name ?? "").replaceAll("_", " ");

const whole = new Intl.NumberFormat("en");
export const count = (value) => (value === null || value === undefined ? "–" : whole.format(value));

/** Return a share in percent, rounded half up as the server's sentences are. */
export function percent(share, digits = 0) {
  if (share === null || share === undefined) return "–";
  const scale = 10 ** digits;
  if (digits === 1 && share > 0 && share < 0.0005) return "<0.1 %";
  if (digits === 1 && share < 1 && share >= 0.9995) return ">99.9 %";
  return `${(Math.floor(100 * scale * share + 0.5) / scale).toFixed(digits)} %`;
}
export const figure = (value, digits = 1, unit = "") =>
  value === null || value === undefined ? "–" : `${value.toFixed(digits)}${unit ? ` ${unit}` : ""}`;
