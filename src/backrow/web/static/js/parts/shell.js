// What every page does: its zone, the age of its newest minute, finding a person.

import { byId, called, fill, h, mark, name, plain } from "../dom.js";
import { ownKey, personUrl, sessionUrl } from "../links.js";
import { clock, day, setZone, span, zoneName } from "../times.js";
import { classShort } from "../words.js";

const AGE_EVERY_MS = 1000;
const TYPING_MS = 160;
const LONG = 60;

/** Start what the page's frame needs. Returns what takes the newest minute. */
export function startShell() {
  const age = byId("age");
  if (age) setZone(age.dataset.zone);
  let newest = age?.dataset.newest ? Date.parse(age.dataset.newest) : null;
  let offset = 0;
  let isLive = false;
  const tell = () => {
    if (!age) return;
    const ago = (Date.now() - newest) / 1000 - offset;
    const when = newest === null ? "No minute yet" : isLive ? `Newest minute ${clock(newest)}, ${span(ago)} ago` : `Last minute ${clock(newest)}, ${day(newest)}`;
    const text = `${when} · times in ${zoneName()}`;
    if (age.textContent !== text) age.textContent = text;
    for (const node of document.querySelectorAll(".zone")) node.textContent = zoneName();
  };
  tell();
  setInterval(tell, AGE_EVERY_MS);
  if (byId("find")) findPeople(byId("find"), byId("found"));
  return {
    /** Take the newest minute and its age in seconds by the server's clock. */
    newest(minute, ageS, live) {
      newest = minute ? Date.parse(minute) : null;
      isLive = live;
      if (newest !== null && typeof ageS === "number") offset = (Date.now() - newest) / 1000 - ageS;
      tell();
    },
    /** Tell whether the session is live, over, or complete. */
    state(state) {
      const pill = byId("state");
      pill.hidden = state === "complete";
      pill.classList.toggle("live", state === "live");
      pill.textContent = state === "live" ? "Live" : "Over, being completed";
    },
    /** Say what stands on top: the headline, and what follows from it. */
    say(headline, rest) {
      const [first, second] = [plain(headline, 600), plain(rest, 1200)];
      const node = byId("headline");
      if (node.textContent !== first) node.textContent = first;
      node.classList.toggle("long", first.length > LONG);
      if (byId("rest").textContent !== second) byId("rest").textContent = second;
    },
    /** Show or hide the warning that takes the place of confidence. */
    warn(warning) {
      byId("warning").hidden = !warning;
      byId("warning-text").textContent = warning?.text ?? "";
      document.body.classList.toggle("is-old", Boolean(warning));
    },
  };
}

/** A search field with a list under it, by pointer and keyboard. */
function findPeople(input, list) {
  const key = ownKey();
  let timer;
  let asked = 0;
  let active = -1;

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const options = () => [...list.querySelectorAll("[data-url]")];
  const choose = (i) => {
    const all = options();
    active = all.length ? (i + all.length) % all.length : -1;
    all.forEach((one, k) => one.setAttribute("aria-selected", String(k === active)));
    if (active < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", all[active].id);
    return all[active].scrollIntoView({ block: "nearest" });
  };
  const ask = async () => {
    const wanted = input.value.trim();
    if (!wanted) return close();
    asked += 1;
    const mine = asked;
    const answer = await fetch(`${sessionUrl(key)}/search.json?${new URLSearchParams({ q: wanted })}`).catch(() => null);
    const people = answer?.ok ? (await answer.json()).people : [];
    if (mine !== asked) return undefined;
    fill(list, people.length ? people.map((one, i) => option(key, one, i)) : h("li", { class: "none", role: "option", "aria-disabled": "true" }, "Nobody of that name, email or address"));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    choose(0);
    return undefined;
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, TYPING_MS);
  });
  input.addEventListener("keydown", (event) => {
    const to = { ArrowDown: active + 1, ArrowUp: active - 1 }[event.key];
    if (to !== undefined && !list.hidden) {
      event.preventDefault();
      choose(to);
    } else if (event.key === "Escape") close();
    else if (event.key === "Enter" && active >= 0) location.assign(options()[active].dataset.url);
  });
  list.addEventListener("pointerdown", (event) => {
    const chosen = event.target.closest("[data-url]");
    event.preventDefault();
    if (chosen) location.assign(chosen.dataset.url);
  });
  input.addEventListener("blur", close);
}

function option(key, person, i) {
  const about = [person.email, person.role, classShort(person.class)].filter(Boolean).map((one) => plain(one, 60));
  return h(
    "li",
    { role: "option", id: `found-${i}`, "aria-selected": "false", dataset: { url: personUrl(key, person.participant) } },
    mark(person.class ?? "unclassified"),
    name(called(person)),
    h("span", { class: "about" }, about.join(" · ")),
  );
}
