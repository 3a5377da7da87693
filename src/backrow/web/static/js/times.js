// Instants in words, all in one zone: the one that the server's sentences speak in.

let zone;
let clockFormat;
let dayFormat;

/** Set the zone of every time on the page (an IANA name; unknown: the viewer's). */
export function setZone(name) {
  const style = { timeZone: name || undefined };
  try {
    clockFormat = new Intl.DateTimeFormat("en-GB", { ...style, hour: "2-digit", minute: "2-digit" });
    dayFormat = new Intl.DateTimeFormat("en-GB", { ...style, weekday: "short", day: "numeric", month: "short", year: "numeric" });
    zone = clockFormat.resolvedOptions().timeZone;
  } catch {
    if (name) setZone("");
  }
}
setZone("");

export const zoneName = () => zone;

/** Return "10:12" of an ISO instant or milliseconds. */
export const clock = (at) => (at === null || at === undefined ? "–" : clockFormat.format(new Date(at)));

/** Return "Mon, 23 Nov 2026". */
export const day = (at) => (at ? dayFormat.format(new Date(at)) : "–");

/** Return the minute of the hour and the hour, for ticks. */
export function wallMinutes(at) {
  const [hours, minutes] = clockFormat.format(new Date(at)).split(":").map(Number);
  return hours * 60 + minutes;
}

/** Return how long ago in words: "40 s", "3 min", "2 h 5 min". */
export function span(seconds) {
  const total = Math.max(0, Math.round(seconds));
  if (total < 90) return `${total} s`;
  const minutes = Math.round(total / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 36 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`;
}
