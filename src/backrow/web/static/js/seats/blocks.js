// The auditorium as a table: a row a block. For screen readers, and for those who count.

import { h, plain } from "../dom.js";
import { groupUrl } from "../links.js";
import { attributeLabel, causeLabel, count } from "../words.js";

const HEADS = ["here", "measured", "good", "fair", "poor", "bad", "not measured", "left"];

/** Return the table of the blocks. */
export function blockTable(key, people, groups, attribute) {
  const rows = groups.map((group) => {
    const { counts, measured, here } = people.tally(group.seats);
    const label = attribute === "cause" && group.value ? causeLabel(group.value) : plain(group.label, 80);
    const text = h("bdi", { class: "name" }, label);
    const link = group.value !== null && attribute !== "cause";
    const cells = [here, measured, ...counts];
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, link ? h("a", { href: groupUrl(key, { [attribute]: group.value }) }, text) : text),
      cells.map((one) => h("td", { class: "number" }, count(one))),
    );
  });
  return h(
    "table",
    {},
    h("caption", { class: "unseen" }, `Seats by ${attributeLabel(attribute)}`),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, attributeLabel(attribute)), HEADS.map((one) => h("th", { scope: "col", class: "number" }, one)))),
    h("tbody", {}, rows),
  );
}
