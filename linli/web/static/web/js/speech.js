/* Speaking instead of typing, where the browser can; elsewhere the button stays hidden. */
import { announce, say } from "./words.js";

export function start(root) {
  const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
  if (!Recognition) return;
  for (const button of root.querySelectorAll("[data-speech]")) {
    const box = document.getElementById(button.dataset.speech);
    if (!box) continue;
    button.hidden = false;
    let listening = null;
    button.addEventListener("click", () => {
      if (listening) { listening.stop(); return; }
      const ear = new Recognition();
      ear.lang = document.documentElement.lang === "en" ? "en-GB" : "zh-CN";
      ear.interimResults = false;
      ear.continuous = true;
      ear.onresult = (event) => {
        const words = [...event.results].slice(event.resultIndex).map((result) => result[0].transcript).join("");
        box.value = box.value + words;
        box.dispatchEvent(new Event("input", { bubbles: true }));
      };
      ear.onend = ear.onerror = () => { listening = null; button.setAttribute("aria-pressed", "false"); box.focus(); };
      ear.start();
      listening = ear;
      button.setAttribute("aria-pressed", "true");
      announce(say("Listening"));
    });
  }
}
