// On a phone the filters of a list unfold on demand, so that the list itself is on the first screen; filters that are set stay open.
// `[data-folds]` is the bar. Few fields aren't worth a touch.
const FEW = 2;

const isSet = (bar) => [...new URLSearchParams(location.search)].some(([name, value]) => value && bar.elements.namedItem(name));

const fold = (bar) => {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  details.className = "filter-fold";
  summary.textContent = bar.dataset.folds;
  bar.replaceWith(details);
  details.append(summary, bar);
};

if (window.matchMedia("(max-width: 40rem)").matches) {
  for (const bar of document.querySelectorAll("[data-folds]")) {
    if (bar.querySelectorAll("select, input:not([type=hidden])").length > FEW && !isSet(bar)) fold(bar);
  }
}
