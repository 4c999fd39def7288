/* Menus are details elements; this closes them on Escape, on a click elsewhere, and folds the Desk's side menu on phones. */
export function start(root) {
  const narrow = matchMedia("(max-width: 59.99rem)");
  for (const side of root.querySelectorAll('[data-menu="side"]')) {
    const fit = () => { side.open = !narrow.matches; };
    fit();
    narrow.addEventListener("change", fit);
  }
  if (root !== document) return;
  const menus = () => document.querySelectorAll('details[data-menu][open]:not([data-menu="side"])');
  document.addEventListener("click", (event) => { for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false; });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}
