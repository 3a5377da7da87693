// A table of people with a filter and columns to sort by.

import { called, fill, h, mark, name, plain } from "../dom.js";
import { groupUrl, personUrl } from "../links.js";
import { LETTER_OF, LETTERS, causeLabel, classShort, count, figure, metric } from "../words.js";

const FIRST = 12;
const MOST = 100;
const PLACES = ["site", "location", "network"];

const COLUMNS = [
  { key: "name", label: "Person", value: (one) => called(one).toLowerCase() },
  { key: "class", label: "Now", afterwards: "At the end", value: (one) => LETTERS.indexOf(LETTER_OF[one.class] ?? "u") },
  { key: "bad_minutes", label: "With trouble", number: true, value: (one) => one.bad_minutes ?? 0 },
  { key: "score", label: "Score", number: true, extra: true, value: (one) => one.score ?? 9 },
  { key: "cause", label: "Cause", value: (one) => causeLabel(one.cause ?? "") },
  { key: "due_to", label: "Seen in", extra: true, value: (one) => one.due_to ?? "" },
  { key: "place", label: "Where", extra: true, value: (one) => PLACES.map((p) => one[p] ?? "").join(" ").toLowerCase() },
];

/** Keep the table in `node`, filtered by `input`. Returns what takes {rows, isLive}. */
export function peopleTable(node, input, key, caption) {
  let rows = [];
  let isLive = true;
  let isWhole = false;
  let sort = { key: "bad_minutes", down: true };
  const region = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption });
  const note = h("p", { class: "muted small", role: "status" });
  const more = h("button", { type: "button", onclick: () => { isWhole = !isWhole; show(); } });
  fill(node, region, h("div", { class: "more" }, note, more));

  const show = () => {
    const wanted = input.value.trim().toLowerCase();
    const column = COLUMNS.find((one) => one.key === sort.key);
    const found = rows.filter((one) => !wanted || textOf(one).includes(wanted));
    const way = sort.down ? -1 : 1;
    found.sort((a, b) => {
      const [x, y] = [column.value(a), column.value(b)];
      return (x < y ? -1 : x > y ? 1 : 0) * way;
    });
    const scrolled = region.scrollTop;
    const focused = document.activeElement?.dataset?.sort;
    fill(
      region,
      h(
        "table",
        {},
        h("caption", { class: "unseen" }, caption),
        h("thead", {}, h("tr", {}, COLUMNS.map(head))),
        h("tbody", {}, found.slice(0, isWhole ? MOST : FIRST).map((one) => row(one, key))),
      ),
    );
    region.scrollTop = scrolled;
    if (focused) region.querySelector(`[data-sort="${focused}"]`)?.focus();
    const shown = Math.min(found.length, isWhole ? MOST : FIRST);
    note.textContent = rows.length ? (shown < found.length || wanted ? `${shown === found.length ? "" : `The first ${shown} of `}${count(found.length)}${wanted ? ` found of ${count(rows.length)}` : ""}.` : "") : "Nobody had trouble in any minute.";
    more.hidden = found.length <= FIRST;
    more.textContent = isWhole ? `Show ${FIRST}` : `Show ${Math.min(MOST, found.length)}`;
  };
  const head = (column) => {
    const isSorted = column.key === sort.key;
    return h(
      "th",
      { scope: "col", class: classesOf(column), "aria-sort": isSorted ? (sort.down ? "descending" : "ascending") : null },
      h(
        "button",
        {
          type: "button",
          dataset: { sort: column.key },
          onclick: () => {
            sort = { key: column.key, down: isSorted ? !sort.down : Boolean(column.number) };
            show();
          },
        },
        isLive ? column.label : (column.afterwards ?? column.label),
      ),
    );
  };
  input.addEventListener("input", show);
  return (next) => {
    ({ rows, isLive } = next);
    show();
  };
}

const classesOf = (column) => [column.number ? "number" : "", column.extra ? "extra" : ""].join(" ").trim() || null;

function textOf(one) {
  return [one.name, one.participant, one.role, one.cause && causeLabel(one.cause), one.due_to, ...PLACES.map((p) => one[p])].filter(Boolean).join(" ").toLowerCase();
}

function row(one, key) {
  const where = PLACES.filter((p) => one[p]).slice(0, 2);
  const links = where.flatMap((p, i) => [i ? " · " : null, h("a", { href: groupUrl(key, { [p]: one[p] }) }, h("bdi", { class: "name", title: plain(one[p], 300) }, plain(one[p], 80)))]);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("a", { href: personUrl(key, one.participant) }, name(called(one)))),
    h("td", { class: "cls" }, mark(one.class ?? "unclassified"), classShort(one.class)),
    h("td", { class: "number" }, `${count(one.bad_minutes)} of ${count(one.minutes)} min`),
    h("td", { class: "number extra" }, figure(one.score, 1)),
    h("td", {}, one.cause ? causeLabel(one.cause) : ""),
    h("td", { class: "extra muted" }, one.due_to ? metric(one.due_to).label : ""),
    h("td", { class: "extra" }, links),
  );
}

