/* 1, 2, 3 answer the statement on the screen. Never while somebody is typing, never twice. */
const form = document.querySelector("[data-choices]");
let sent = false;
document.addEventListener("keydown", (event) => {
  if (!form || sent || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  form.querySelector(`[data-number="${CSS.escape(event.key)}"]`)?.click();
});
form?.addEventListener("submit", () => { sent = true; });
addEventListener("pageshow", () => { sent = false; });
