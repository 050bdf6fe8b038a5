// Keys for those who work fast: "j" and "k" rows, "?" help, and what a page names by data-key: "/" search, "a" approve,
// "d" two persons, "s" skip. Such a key moves there; the return key does it. Pages work without them.
const typing = (element) => element.closest("input, select, textarea, [contenteditable]") !== null;

function rowLinks() {
  return [...document.querySelectorAll("main tbody tr a[href], main [data-rows] li a[href]")].filter(
    (link, index, all) => index === 0 || link.closest("tr, li") !== all[index - 1].closest("tr, li"),
  );
}

function step(by) {
  const links = rowLinks();
  if (!links.length) return;
  const here = links.findIndex((link) => link.closest("tr, li").contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, here + by));
  links[next].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const named = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key);
  const act = {
    j: () => step(1),
    k: () => step(-1),
    "?": () => document.getElementById("keys")?.showModal(),
  }[event.key] ?? (named && (() => named.focus()));
  if (act) {
    event.preventDefault();
    act();
  }
});
