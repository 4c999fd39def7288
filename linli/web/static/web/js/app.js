/* Starts what a page asks for by its attributes. Every page works without any of this. */
const wanted = {
  "form[data-draft]": "draft",
  "[data-speech]": "speech",
  "[data-readaloud]": "readaloud",
  "[data-photo]": "photo",
  "form[data-offline-queue], [data-queue-state]": "offline",
  "[data-desk]": "keys",
  "[data-menu]": "menu",
  "[data-plan]": "plan",
  "[data-corners]": "corners",
  "form[data-locate], [data-locate-here]": "locate",
  "[data-wall]": "wall",
  "[data-counter], [data-confirm], [data-focus], [data-print]": "small",
};
const started = new Set();

async function start(root) {
  for (const [selector, name] of Object.entries(wanted)) {
    if (!root.querySelector(selector) && !root.matches?.(selector)) continue;
    if (started.has(name) && root === document) continue;
    started.add(name);
    const module = await import(new URL(`./${name}.js`, import.meta.url));
    module.start(root);
  }
}

start(document);
if (sessionStorage.getItem("linli-draft-sent")) import(new URL("./draft.js", import.meta.url)).then((draft) => draft.clearAccepted());
document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) start(event.detail.elt); });
if ("serviceWorker" in navigator && window.isSecureContext) navigator.serviceWorker.register("/sw.js").catch(() => {});
