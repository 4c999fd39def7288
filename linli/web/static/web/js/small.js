/* Four little courtesies: characters left, a question before a grave act, focus on the errors, the print button. */
export function start(root) {
  for (const line of root.querySelectorAll("[data-counter]")) {
    const box = document.getElementById(line.dataset.counter);
    const most = Number(box?.getAttribute("maxlength") || 0);
    if (!box || !most) continue;
    box.removeAttribute("maxlength");
    const count = () => {
      const left = most - [...box.value].length;
      line.textContent = (left < 0 ? line.dataset.over : line.dataset.text).replace("{n}", Math.abs(left));
      line.classList.toggle("is-over", left < 0);
    };
    box.addEventListener("input", count);
    count();
  }
  for (const form of root.querySelectorAll("form[data-confirm]"))
    form.addEventListener("submit", (event) => { if (!window.confirm(form.dataset.confirm)) event.preventDefault(); });
  root.querySelector("[data-focus]")?.focus();
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
