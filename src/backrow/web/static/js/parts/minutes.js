// The auditorium at another minute: a slider over the session, and a button that plays it.

import { byId } from "../dom.js";
import { fetchJson } from "../feed.js";
import { clock } from "../times.js";

const TYPING_MS = 90;
const PLAY_MS = 320;

/**
 * Run the slider.
 * @param {{url: (minute: string) => string,
 *   show: (minute: string | null, seats: object | null) => void}} how
 *   `show` gets null for the newest minute.
 * @returns {(minutes: string[], shown: string | null, isLive: boolean) => void} takes the
 *   session's minutes; `shown` is the one that the page shows by itself.
 */
export function minuteSlider({ url, show }) {
  const slider = byId("when");
  const text = byId("when-text");
  const play = byId("play");
  let minutes = [];
  let own = null;
  let live = false;
  let isPast = false;
  let timer;
  let asked = 0;
  let playing = null;

  const tell = () => {
    const minute = minutes[Number(slider.value)];
    const word = live && !isPast ? `${clock(minute)}, now` : clock(minute);
    text.textContent = word;
    slider.setAttribute("aria-valuetext", word);
    byId("now").hidden = !isPast;
  };
  const go = async () => {
    const minute = minutes[Number(slider.value)];
    asked += 1;
    const mine = asked;
    isPast = minute !== own;
    tell();
    if (!isPast) return show(null, null);
    const seats = await fetchJson(url(minute));
    if (mine === asked && isPast) show(minute, seats);
    return undefined;
  };
  const stop = () => {
    clearInterval(playing);
    playing = null;
    play.setAttribute("aria-pressed", "false");
  };
  const back = () => {
    stop();
    slider.value = minutes.indexOf(own);
    go();
  };
  slider.addEventListener("input", () => {
    stop();
    isPast = true;
    tell();
    clearTimeout(timer);
    timer = setTimeout(go, TYPING_MS);
  });
  play.addEventListener("click", () => {
    if (playing) return stop();
    if (Number(slider.value) >= minutes.length - 1 || !isPast) slider.value = 0;
    play.setAttribute("aria-pressed", "true");
    let busy = false;
    playing = setInterval(async () => {
      if (busy) return;
      busy = true;
      slider.value = Number(slider.value) + 1;
      if (Number(slider.value) >= minutes.length - 1) stop();
      await go();
      busy = false;
    }, PLAY_MS);
    return undefined;
  });
  byId("now").addEventListener("click", back);

  return (next, shown, isLive) => {
    minutes = next;
    own = shown;
    live = isLive;
    const at = slider.value;
    slider.max = Math.max(0, minutes.length - 1);
    slider.value = isPast ? at : Math.max(0, minutes.indexOf(own));
    byId("now").textContent = live ? "Back to now" : "Back";
    byId("when-bar").hidden = minutes.length < 2;
    tell();
  };
}
