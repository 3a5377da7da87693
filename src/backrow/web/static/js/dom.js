// Making elements. Text goes in as text, never as markup: what people typed cannot run.

const SVG = "http://www.w3.org/2000/svg";

/** Return an element: properties (class, on…, aria-…, dataset), then children. */
export function h(tag, props = {}, ...children) {
  return filled(document.createElement(tag), props, children);
}

/** Return an element of SVG. */
export function s(tag, props = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), props, children);
}

function filled(node, props, children) {
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "dataset") Object.assign(node.dataset, value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return node;
}

/** Put `children` in place of what a node held. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
const TURNING = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+/g; // marks of direction, and what is not seen

/** Return somebody's own words as plain text, at most `most` characters: nothing in it turns or hides what follows. */
export function plain(text, most = 120) {
  const line = String(text ?? "").replace(TURNING, "").replace(CONTROLS, " ").trim();
  const characters = Array.from(line.slice(0, most * 4));
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : line;
}

/** Return what to call a person, also one without a name. */
export const called = (person) => plain(person.name) || `Participant ${plain(person.participant, 40)}`;

/** Return a person's or group's name in a <bdi> that clips; the whole of it is its title. */
export function name(text, most = 120) {
  const shown = plain(text, most);
  return h("bdi", { class: "name", title: plain(text, 300) }, shown);
}

/** Return the mark of a class, as in the auditorium; text beside it says the same. */
export const mark = (className) => h("i", { class: `mark ${className}`, "aria-hidden": "true" });

/** Fill a group with buttons of which one is pressed. */
export function segments(node, options, chosen, choose) {
  const buttons = options.map(([key, label]) =>
    h("button", { type: "button", dataset: { key }, "aria-pressed": key === chosen, onclick: () => press(key) }, label),
  );
  const press = (key) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.key === key));
    choose(key);
  };
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.key === chosen));
  fill(node, buttons);
}
