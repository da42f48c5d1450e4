// Runs before the first paint, so that a folded sidebar does not shift the page.
try {
  if (localStorage.getItem("side-folded") === "1") document.documentElement.classList.add("side-folded");
} catch {
  // no storage: the sidebar stays open
}
