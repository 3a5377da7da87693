// Light or dark, before the first paint: a plain script, no module, in the head.
// The system's choice holds until the viewer presses the switch; that is kept here.
(function () {
  const root = document.documentElement;
  const KEY = "backrow-theme";
  let kept = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    kept = null; // storage may be forbidden; then the choice lasts as long as the page
  }
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;

  // The zone of the viewer, for the server's sentences.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (/^[\w+/-]+$/.test(zone ?? "")) document.cookie = `tz=${zone}; path=/; max-age=31536000; SameSite=Lax`;

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const system = matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
    const changed = () => {
      button.setAttribute("aria-pressed", String(isDark()));
      document.dispatchEvent(new CustomEvent("theme"));
    };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try {
        localStorage.setItem(KEY, root.dataset.theme);
      } catch {
        // as above
      }
      changed();
    });
    system.addEventListener("change", changed);
    button.setAttribute("aria-pressed", String(isDark()));
  });
})();
