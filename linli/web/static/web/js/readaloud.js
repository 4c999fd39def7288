/* Reads the main part aloud, piece by piece, slowly; a second press stops. */
import { say } from "./words.js";

export function start(root) {
  if (!("speechSynthesis" in window)) return;
  for (const button of root.querySelectorAll("[data-readaloud]")) {
    const label = button.querySelector("span");
    const words = label.textContent;
    button.hidden = false;
    const stop = () => { speechSynthesis.cancel(); button.setAttribute("aria-pressed", "false"); label.textContent = words; };
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-pressed") === "true") { stop(); return; }
      const place = document.getElementById(button.dataset.readaloud);
      const pieces = [...place.querySelectorAll("h1, h2, h3, p, li, dt, dd, th, td, label, legend")]
        .filter((piece) => !piece.querySelector("h1, h2, h3, p, li, dt, dd, label") && piece.offsetParent !== null)
        .map((piece) => piece.innerText.trim()).filter(Boolean);
      button.setAttribute("aria-pressed", "true");
      label.textContent = say("Reading");
      pieces.forEach((piece, index) => {
        const voice = new SpeechSynthesisUtterance(piece);
        voice.lang = document.documentElement.lang === "en" ? "en-GB" : "zh-CN";
        voice.rate = 0.9;
        if (index === pieces.length - 1) voice.onend = stop;
        speechSynthesis.speak(voice);
      });
    });
    addEventListener("pagehide", () => speechSynthesis.cancel());
  }
}
