// Live minutes. The browser reconnects by itself after a broken line, but gives up
// for good when an answer is not a stream (a restart, a proxy, a login that is over):
// then a new one is opened, sooner first, later every 15 seconds.

const FIRST_WAIT_MS = 1000;
const LAST_WAIT_MS = 15000;

/**
 * Follow a session.
 * @param {string} url of the stream
 * @param {{minute: (data: object) => void, gone: () => void,
 *          back: () => void, state: (connected: boolean) => void}} on
 *   `back` is called when the line is there again: something may have been missed.
 * @returns {() => void} stops following
 */
export function follow(url, on) {
  let source;
  let timer;
  let wait = FIRST_WAIT_MS;
  let wasOpen = false;
  let stopped = false;

  const open = () => {
    source = new EventSource(url);
    source.addEventListener("open", () => {
      wait = FIRST_WAIT_MS;
      on.state(true);
      if (wasOpen) on.back();
      wasOpen = true;
    });
    source.addEventListener("minute", (event) => on.minute(JSON.parse(event.data)));
    source.addEventListener("gone", () => {
      stop();
      on.gone();
    });
    source.addEventListener("error", () => {
      if (stopped) return;
      on.state(false);
      if (source.readyState === EventSource.CLOSED) {
        clearTimeout(timer);
        timer = setTimeout(open, wait);
        wait = Math.min(LAST_WAIT_MS, wait * 2);
      }
    });
  };
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    source?.close();
  };
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && !stopped && open());
  open();
  return stop;
}

/** Return the JSON of an address, trying again while the server is away. */
export async function fetchJson(url) {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LAST_WAIT_MS, wait * 2)) {
    try {
      const answer = await fetch(url, { headers: { accept: "application/json" } });
      if (answer.ok) return await answer.json();
      if (answer.status === 401 || answer.status === 403) location.reload();
      if (answer.status < 500) throw new RangeError(`${answer.status} ${url}`);
    } catch (error) {
      if (error instanceof RangeError) throw error; // it will not get better
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
