/* The Desk by keyboard: j and k move, Enter opens, / searches, ? explains. Never while somebody is typing. */
const typing = (element) => element.closest("input, textarea, select, [contenteditable], dialog");

export function start(root) {
  if (root !== document) return;
  let here = -1;
  const rows = () => [...document.querySelectorAll("[data-rows] tbody tr")];
  const go = (step) => {
    const all = rows();
    if (!all.length) return;
    all[here]?.classList.remove("is-here");
    here = Math.max(0, Math.min(all.length - 1, here + step));
    all[here].classList.add("is-here");
    all[here].querySelector("a")?.focus({ preventScroll: true });
    all[here].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "/") {
      const box = document.querySelector("[data-search]");
      if (!box) return;
      event.preventDefault();
      box.focus();
    } else if (event.key === "?") document.querySelector("[data-keys-help]")?.showModal();
  });
}
