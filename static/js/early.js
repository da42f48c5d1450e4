// Runs before the first paint, so that neither a folded sidebar nor folded filters nor a dark page jump. app.js turns them.
"use strict";

{
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = (key) => { try { return localStorage.getItem(key); } catch { return null; } }; // no storage: as the system has it
  const look = (chosen) => {
    root.dataset.bsTheme = chosen === "dark" || (chosen !== "light" && dark.matches) ? "dark" : "light";
    window.dispatchEvent(new Event("look"));
  };
  root.classList.add("scripted");
  root.classList.toggle("side-folded", kept("side-folded") === "1");
  look(kept("look"));
  dark.addEventListener("change", () => look(kept("look")));
  window.addEventListener("storage", (event) => { if (event.key === "look") look(event.newValue); });
  document.addEventListener("look-chosen", (event) => look(event.detail));
  window.addEventListener("beforeprint", () => look("light")); // paper is white
  window.addEventListener("afterprint", () => look(kept("look")));
}
