// The auditorium: the plan of seats with a pointer and a keyboard on it.

import { byId, called, fill, h, mark, name, plain, segments } from "../dom.js";
import { groupUrl, personUrl } from "../links.js";
import { CLASSES, LETTERS, attributeLabel, causeLabel, count, percent } from "../words.js";
import { blockTable } from "./blocks.js";
import { capacity, labelAt, layOut, seatAt } from "./layout.js";
import { Painter } from "./paint.js";

const NARROW = 720;
const MOVE_MS = 480;
const NEAR = 1.6; // of a seat's size: how far beside it a pointer may be
const CAST_MAX = 12;
const TROUBLE_SHOWN = 0.1;
const KEPT = "backrow-grouping";

/** Draws the people of a session and lets one go from seat to seat. */
export class Auditorium {
  #people;
  #session;
  #canvas = byId("seats");
  #painter = new Painter(this.#canvas);
  #grouping = "";
  #groups = [];
  #plan = null;
  #x = new Float32Array(0);
  #y = new Float32Array(0);
  #visible = new Uint8Array(0);
  #slotOf = new Int32Array(0);
  #blockOf = new Int32Array(0);
  #grid = new Map();
  #lit = null;
  #current = -1;
  #moving = 0;
  #width = 0;
  #height = 0;
  #measured = ""; // for which width and window the height was chosen

  constructor(session, people) {
    this.#session = session;
    this.#people = people;
    this.#grouping = firstGrouping(people);
    this.#listen();
  }

  get grouping() {
    return this.#grouping;
  }

  /** Draw all of it: at the start, when the width changes, when somebody is new. */
  build(people = this.#people) {
    this.#people = people;
    const options = people.groupings().map((one) => [one, attributeLabel(one)]);
    segments(byId("group-by"), options, this.#grouping, (key) => this.groupBy(key));
    this.#cast();
    this.#seat();
    this.#draw();
    this.#describe();
  }

  /** Draw a new minute. */
  update(isLarger) {
    if (isLarger || this.#grouping === "cause") this.#seat();
    this.#cast();
    this.#draw();
    this.#describe();
    if (this.#current >= 0) this.#showTip(this.#current);
  }

  /** Seat people by another attribute; they walk there. */
  groupBy(attribute) {
    if (!this.#people.attributes[attribute]) return;
    this.#grouping = attribute;
    keep(KEPT, attribute);
    const options = this.#people.groupings().map((one) => [one, attributeLabel(one)]);
    segments(byId("group-by"), options, attribute, (key) => this.groupBy(key));
    const [fromX, fromY] = [this.#x, this.#y];
    this.#point(-1);
    this.#seat();
    this.#walk(fromX, fromY);
    this.#describe();
  }

  /** Light some seats and dim all others; null lights all. */
  light(seats) {
    this.#lit = seats === null ? null : new Uint8Array(this.#people.length);
    for (const i of seats ?? []) this.#lit[i] = 1;
    this.#draw();
    this.#labels();
  }

  repaint() {
    this.#prepare();
    this.#draw();
  }

  // Seating

  #seat() {
    const people = this.#people;
    const house = byId("house");
    this.#width = house.clientWidth;
    const isNarrow = innerWidth <= NARROW;
    this.#groups = people.groups(this.#grouping, isNarrow ? 9 : 24);
    const stage = isNarrow ? 0 : byId("stage").offsetHeight;
    const top = isNarrow ? 14 : stage + 26;
    if (this.#measured !== `${this.#width} ${innerHeight}`) {
      this.#measured = `${this.#width} ${innerHeight}`;
      const above = house.getBoundingClientRect().top + scrollY;
      this.#height = isNarrow ? 540 : Math.max(430, Math.min(innerHeight - above - 66, this.#width * 0.7));
    }
    byId("blocks").style.top = `${this.#canvas.offsetTop}px`;
    this.#plan = layOut({
      width: this.#width,
      height: this.#height,
      top,
      sag: isNarrow ? 18 : Math.min(stage * 0.94, this.#width * 0.1),
      groups: this.#groups.map((one) => ({ count: one.seats.length + Math.ceil(one.seats.length / 60) })),
    });
    this.#place();
    this.#prepare();
    this.#labels();
  }

  #place() {
    const length = this.#people.length;
    this.#x = new Float32Array(length);
    this.#y = new Float32Array(length);
    this.#visible = new Uint8Array(length);
    this.#slotOf = new Int32Array(length).fill(-1);
    this.#blockOf = new Int32Array(length).fill(-1);
    this.#groups.forEach((group, b) => {
      const block = this.#plan.blocks[b];
      const seats = capacity(block);
      group.seats.forEach((i, slot) => {
        if (slot >= seats) return;
        seatAt(this.#plan, block, slot, this.#x, this.#y, i);
        this.#visible[i] = 1;
        this.#slotOf[i] = slot;
        this.#blockOf[i] = b;
      });
    });
    this.#grid = gridOf(this.#x, this.#y, this.#visible, this.#plan.pitch);
  }

  #prepare() {
    if (!this.#plan) return;
    this.#painter.prepare(this.#width, this.#plan.height, this.#plan.pitch, scale());
  }

  #draw(x = this.#x, y = this.#y) {
    const classes = this.#people.classes.slice();
    for (let i = 0; i < classes.length; i += 1) if (!this.#visible[i]) classes[i] = 255;
    this.#painter.draw(x, y, classes, this.#lit, scale());
  }

  #walk(fromX, fromY) {
    cancelAnimationFrame(this.#moving);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (still || fromX.length !== this.#x.length) {
      this.#draw();
      return;
    }
    const begin = performance.now();
    const x = new Float32Array(fromX.length);
    const y = new Float32Array(fromX.length);
    const step = (now) => {
      const t = Math.min(1, (now - begin) / MOVE_MS);
      const eased = t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
      for (let i = 0; i < x.length; i += 1) {
        x[i] = fromX[i] + (this.#x[i] - fromX[i]) * eased;
        y[i] = fromY[i] + (this.#y[i] - fromY[i]) * eased;
      }
      this.#draw(t < 1 ? x : this.#x, t < 1 ? y : this.#y);
      if (t < 1) this.#moving = requestAnimationFrame(step);
    };
    this.#moving = requestAnimationFrame(step);
  }

  // Words around the seats

  #labels() {
    const key = this.#session.key;
    const items = this.#groups.map((group, b) => {
      const at = labelAt(this.#plan, this.#plan.blocks[b]);
      const { measured, trouble } = this.#people.tally(group.seats);
      const share = measured >= 5 ? trouble / measured : 0;
      const label = this.#grouping === "cause" && group.value ? causeLabel(group.value) : plain(group.label, 60);
      const isLink = group.value !== null && this.#grouping !== "cause";
      const text = h("bdi", {}, label);
      const title = `${label}: ${count(group.seats.length)} seats, ${count(trouble)} of ${count(measured)} measured poor or bad`;
      const item = h(
        "li",
        { title, class: this.#lit && !group.seats.some((i) => this.#lit[i]) ? "dim" : null },
        isLink ? h("a", { href: groupUrl(key, { [this.#grouping]: group.value }) }, text) : h("span", { class: "plain" }, text),
        share >= TROUBLE_SHOWN && at.width > 34 + 6.3 * label.length && this.#grouping !== "cause" ? h("span", { class: "share" }, percent(share)) : null,
      );
      item.style.width = `${at.width}px`;
      item.style.transform = `translate(${at.x - at.width / 2}px, ${at.y - 8}px) rotate(${at.angle}rad)`;
      return item;
    });
    fill(byId("blocks"), items);
  }

  #cast() {
    const people = this.#people;
    const seats = [];
    for (let i = 0; i < people.length && seats.length <= CAST_MAX + 60; i += 1) {
      if (people.isPresenter(i) && LETTERS[people.classes[i]] !== "-") seats.push(i);
    }
    const shown = seats.slice(0, CAST_MAX);
    const items = shown.map((i) => {
      const kind = CLASSES[LETTERS[people.classes[i]]];
      const who = { name: people.names[i], participant: people.ids[i] };
      return h(
        "li",
        {},
        h(
          "a",
          { href: personUrl(this.#session.key, people.ids[i]) },
          mark(kind.name),
          name(called(who)),
          h("span", { class: "unseen" }, `, ${people.role(i)}, ${kind.label}`),
        ),
      );
    });
    if (seats.length > shown.length) items.push(h("li", { class: "more" }, `and ${seats.length - shown.length} more`));
    fill(byId("cast"), items);
  }

  #describe() {
    const all = this.#groups.reduce((sum, one) => sum + one.seats.length, 0);
    const label = `Auditorium: ${count(all)} seats in ${this.#groups.length} blocks by ${attributeLabel(this.#grouping)}.`;
    this.#canvas.setAttribute("aria-label", label);
    if (byId("block-table").closest("details").open) this.#table();
  }

  #table() {
    fill(byId("block-table"), blockTable(this.#session.key, this.#people, this.#groups, this.#grouping));
  }

  // Pointer and keyboard

  #listen() {
    const canvas = this.#canvas;
    canvas.addEventListener("pointermove", (event) => this.#point(this.#seatUnder(event)));
    canvas.addEventListener("pointerleave", () => document.activeElement !== canvas && this.#point(-1));
    canvas.addEventListener("click", (event) => {
      const seat = this.#seatUnder(event);
      if (seat >= 0 && (event.pointerType !== "touch" || seat === this.#touched)) this.#open(seat, event);
      this.#touched = seat;
    });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => this.#current < 0 && this.#say(this.#first(), false));
    canvas.addEventListener("blur", () => this.#point(-1));
    byId("block-table").closest("details").addEventListener("toggle", () => this.#table());
    let width = innerWidth;
    new ResizeObserver(() => {
      if (!this.#plan || (byId("house").clientWidth === this.#width && innerWidth === width)) return;
      width = innerWidth;
      this.#seat();
      this.#draw();
    }).observe(byId("house"));
    document.addEventListener("theme", () => this.repaint());
  }

  #touched = -1;

  #seatUnder(event) {
    const box = this.#canvas.getBoundingClientRect();
    return this.#nearest(event.clientX - box.left, event.clientY - box.top);
  }

  #nearest(x, y) {
    if (!this.#plan) return -1;
    const cell = this.#plan.pitch * 2;
    const reach = Math.max(this.#plan.pitch * NEAR, 9) ** 2;
    let best = -1;
    let least = reach;
    for (let row = -1; row <= 1; row += 1) {
      for (let column = -1; column <= 1; column += 1) {
        const found = this.#grid.get((Math.floor(y / cell) + row) * 8192 + Math.floor(x / cell) + column);
        for (const i of found ?? []) {
          const far = (this.#x[i] - x) ** 2 + (this.#y[i] - y) ** 2;
          if (far < least) [best, least] = [i, far];
        }
      }
    }
    return best;
  }

  #point(seat) {
    if (seat === this.#current && seat >= 0) return;
    this.#current = seat;
    const ring = byId("ring");
    ring.hidden = seat < 0;
    byId("tip").hidden = seat < 0;
    if (seat < 0) return;
    const size = Math.max(this.#plan.pitch + 5, 11);
    const [x, y] = this.#onHouse(seat);
    ring.style.width = ring.style.height = `${size}px`;
    ring.style.transform = `translate(${x - size / 2}px, ${y - size / 2}px)`;
    this.#showTip(seat);
  }

  #onHouse(seat) {
    return [this.#x[seat] + this.#canvas.offsetLeft, this.#y[seat] + this.#canvas.offsetTop];
  }

  #showTip(seat) {
    const tip = byId("tip");
    const lines = this.#about(seat);
    fill(tip, h("b", {}, h("bdi", {}, lines[0])), lines.slice(1).map((line) => h("span", {}, line)));
    const [x, y] = this.#onHouse(seat);
    const box = tip.getBoundingClientRect();
    const left = Math.min(Math.max(4, x - box.width / 2), byId("house").clientWidth - box.width - 4);
    const below = y + 16 + box.height < byId("house").clientHeight;
    tip.style.transform = `translate(${left}px, ${below ? y + 14 : y - box.height - 12}px)`;
  }

  #about(seat) {
    const people = this.#people;
    const kind = CLASSES[LETTERS[people.classes[seat]]];
    const cause = people.isTroubled(seat) ? people.value(seat, "cause") : "";
    const place = ["site", "location", "network"].map((one) => people.value(seat, one)).filter(Boolean);
    return [
      called({ name: people.names[seat], participant: people.ids[seat] }),
      cause ? `${kind.label}: ${causeLabel(cause).toLowerCase()}` : kind.label,
      ...(place.length ? [plain([...new Set(place)].join(" · "), 90)] : []),
    ];
  }

  #say(seat, aloud = true) {
    if (seat < 0) return;
    this.#point(seat);
    if (aloud) byId("seat-now").textContent = `${this.#about(seat).join(", ")}.`;
  }

  #open(seat, event) {
    const url = personUrl(this.#session.key, this.#people.ids[seat]);
    if (event.ctrlKey || event.metaKey) window.open(url, "_blank", "noopener");
    else location.assign(url);
  }

  #first() {
    return this.#groups[0]?.seats[0] ?? -1;
  }

  #key(event) {
    const seat = this.#current < 0 ? this.#first() : this.#current;
    if (seat < 0) return;
    const moves = {
      ArrowLeft: () => this.#along(seat, -1),
      ArrowRight: () => this.#along(seat, 1),
      ArrowUp: () => this.#across(seat, -1),
      ArrowDown: () => this.#across(seat, 1),
      PageUp: () => this.#block(seat, -1),
      PageDown: () => this.#block(seat, 1),
      Home: () => this.#groups[this.#blockOf[seat]].seats[0],
      End: () => this.#groups[this.#blockOf[seat]].seats.at(-1),
      n: () => this.#nextTrouble(seat),
      N: () => this.#nextTrouble(seat),
    };
    if (event.key === "Enter" || event.key === " ") this.#open(seat, event);
    else if (event.key === "Escape") this.#point(-1);
    else if (moves[event.key] && !event.ctrlKey && !event.metaKey) {
      const to = moves[event.key]();
      this.#say(to >= 0 && this.#visible[to] ? to : seat);
    } else return;
    event.preventDefault();
  }

  #along(seat, by) {
    const group = this.#groups[this.#blockOf[seat]];
    return group.seats[this.#slotOf[seat] + by] ?? this.#block(seat, by);
  }

  #across(seat, by) {
    const { pitch } = this.#plan;
    for (let far = 1; far < 12; far += 1) {
      const found = this.#nearest(this.#x[seat], this.#y[seat] + by * pitch * far);
      if (found >= 0 && found !== seat && (this.#y[found] - this.#y[seat]) * by > pitch * 0.4) return found;
    }
    return seat;
  }

  #block(seat, by) {
    const next = this.#groups[this.#blockOf[seat] + by];
    return next ? next.seats[0] : seat;
  }

  #nextTrouble(seat) {
    const order = this.#groups.flatMap((one) => one.seats);
    const from = order.indexOf(seat);
    for (let k = 1; k <= order.length; k += 1) {
      const i = order[(from + k) % order.length];
      if (this.#people.isTroubled(i)) return i;
    }
    return seat;
  }
}

const scale = () => Math.min(2, devicePixelRatio || 1);

/** Return seats by the square they stand in. */
function gridOf(x, y, visible, pitch) {
  const cell = pitch * 2;
  const grid = new Map();
  for (let i = 0; i < x.length; i += 1) {
    if (!visible[i]) continue;
    const key = Math.floor(y[i] / cell) * 8192 + Math.floor(x[i] / cell);
    const list = grid.get(key);
    if (list) list.push(i);
    else grid.set(key, [i]);
  }
  return grid;
}

/** Return the viewer's last choice, else what says most about this audience. */
function firstGrouping(people) {
  const options = people.groupings();
  const kept = recall(KEPT);
  if (options.includes(kept)) return kept;
  const says = (one) => {
    const { values, codes } = people.attributes[one];
    const known = codes.reduce((sum, code) => sum + (code >= 0 ? 1 : 0), 0) / Math.max(1, codes.length);
    return values.length > 1 && known > 0.3;
  };
  return options.find(says) ?? options[0] ?? "cause";
}

function keep(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // storage may be forbidden: the choice lasts as long as the page
  }
}

function recall(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}
