// Everybody's seat as columns: who, what class, which group. No drawing here.

import { LETTERS, ROLES, attributeLabel } from "../words.js";

const LETTER_CODES = new Uint8Array(128).fill(4);
for (let i = 0; i < LETTERS.length; i += 1) LETTER_CODES[LETTERS.charCodeAt(i)] = i;

const TROUBLED = new Set([2, 3]);
const OTHERS = -2;
export const GROUPED_BY = ["site", "location", "network", "data_center", "version", "cause"];

/** The seats of a session. Order is the order of arrival; newcomers are appended. */
export class People {
  /** @param {object} seats the answer of seats.json */
  constructor(seats) {
    this.minute = seats.minute;
    this.seating = seats.seating;
    this.ids = seats.participants;
    this.names = seats.names;
    this.roles = seats.roles;
    this.attributes = seats.attributes;
    this.classes = codesOf(seats.classes);
    this.at = new Map(this.ids.map((id, i) => [id, i]));
  }

  get length() {
    return this.ids.length;
  }

  isPresenter(i) {
    return this.roles[i] === "h" || this.roles[i] === "p";
  }

  role(i) {
    return ROLES[this.roles[i]] ?? "attendee";
  }

  isTroubled(i) {
    return TROUBLED.has(this.classes[i]);
  }

  /** Return what is known of a person by an attribute, "" if nothing. */
  value(i, attribute) {
    const one = this.attributes[attribute];
    return one ? (one.values[one.codes[i]] ?? "") : "";
  }

  /** Take those who came. Returns whether somebody did. */
  join(minute) {
    const before = this.length;
    minute.joined.slice(Math.max(0, before - minute.joined_from)).forEach((one) => this.#add(one));
    return this.length > before;
  }

  /** Take how everybody is in a minute. */
  take(minute, classes, causes) {
    this.minute = minute;
    this.classes = codesOf(classes, this.length);
    if (this.attributes.cause) this.attributes.cause.codes = causes;
  }

  #add(one) {
    if (this.at.has(one.participant)) return;
    this.at.set(one.participant, this.ids.length);
    this.ids.push(one.participant);
    this.names.push(one.name);
    this.roles += letterOf(one.role);
    for (const [name, column] of Object.entries(this.attributes)) {
      const value = one.attributes?.[name];
      let code = value ? column.values.indexOf(value) : -1;
      if (value && code < 0) code = column.values.push(value) - 1;
      column.codes.push(code);
    }
  }

  /** Return which attributes have something to group by. */
  groupings() {
    return GROUPED_BY.filter((name) => this.attributes[name]?.values.length);
  }

  /**
   * Return the audience in groups, the largest first, small ones together at the end.
   * @param {string} attribute
   * @param {number} most groups
   * @returns {{label: string, value: string | null, seats: number[]}[]}
   */
  groups(attribute, most) {
    const column = this.attributes[attribute];
    const seats = new Map();
    for (let i = 0; i < this.length; i += 1) {
      if (this.isPresenter(i)) continue;
      const code = column ? (column.codes[i] ?? -1) : -1;
      const list = seats.get(code);
      if (list) list.push(i);
      else seats.set(code, [i]);
    }
    const known = [...seats].filter(([code]) => code >= 0).sort((a, b) => b[1].length - a[1].length || a[0] - b[0]);
    const shown = known.length > most ? known.slice(0, most - 1) : known;
    const rest = known.slice(shown.length);
    const found = shown.map(([code, list]) => ({ label: column.values[code], value: column.values[code], seats: list }));
    if (rest.length) {
      const list = rest.flatMap(([, one]) => one).sort((a, b) => a - b);
      found.push({ label: `${rest.length} others`, value: null, seats: list, code: OTHERS });
    }
    const blank = seats.get(-1);
    if (blank) found.push({ label: blankLabel(attribute), value: null, seats: blank });
    return found;
  }

  /** Return counts by class of some seats; `here` are all that have not left. */
  tally(seats) {
    const counts = [0, 0, 0, 0, 0, 0];
    for (const i of seats) counts[this.classes[i]] += 1;
    const measured = counts[0] + counts[1] + counts[2] + counts[3];
    return { counts, measured, here: measured + counts[4], trouble: counts[2] + counts[3] };
  }
}

/** Return a role's letter; who is on the stage is a host or a panelist. */
function letterOf(role) {
  const lower = String(role).toLowerCase();
  if (lower === "host") return "h";
  return ["panelist", "co-host", "cohost"].includes(lower) ? "p" : "a";
}

const blankLabel = (attribute) => (attribute === "cause" ? "nothing wrong" : `${attributeLabel(attribute)} not known`);

/** Return the class codes of a string of letters. */
export function codesOf(letters, length = letters.length) {
  const codes = new Uint8Array(length).fill(4);
  for (let i = 0; i < Math.min(length, letters.length); i += 1) codes[i] = LETTER_CODES[letters.charCodeAt(i)];
  return codes;
}
