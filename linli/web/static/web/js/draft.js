/* Keeps the words of a form while they are being written. Kept per address and form; never passwords, codes or files; a week at most. */
import { say } from "./words.js";

const WEEK = 7 * 24 * 3600 * 1000;
const key = (form) => `linli-draft:${location.pathname}:${form.dataset.draft}`;
const kept = (input) =>
  input.name && !["password", "file", "hidden", "submit", "button"].includes(input.type) && !/csrf|password|code|token|otp/i.test(input.name) && !/one-time-code|password/.test(input.autocomplete || "");

function read(form) {
  const values = {};
  for (const input of form.elements) {
    if (!kept(input)) continue;
    if (input.type === "radio") { if (input.checked) values[input.name] = input.value; }
    else if (input.type === "checkbox") { (values[input.name] ||= []); if (input.checked) values[input.name].push(input.value); }
    else values[input.name] = input.value;
  }
  return values;
}

function fill(form, values) {
  for (const input of form.elements) {
    if (!kept(input) || !(input.name in values)) continue;
    const value = values[input.name];
    if (input.type === "radio") input.checked = input.value === value;
    else if (input.type === "checkbox") input.checked = Array.isArray(value) && value.includes(input.value);
    else input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function tell(form) {
  const line = document.createElement("p");
  line.className = "notice is-info";
  line.setAttribute("role", "status");
  const words = document.createElement("span");
  words.textContent = say("Restored") + " ";
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "btn is-quiet";
  drop.textContent = say("Discard");
  drop.addEventListener("click", () => { localStorage.removeItem(key(form)); form.reset(); line.remove(); });
  line.append(words, drop);
  form.prepend(line);
}

/* Pages on which nothing was done: out of reach, asked to sign in first, refused. What was typed stays for the way back. */
const NOT_DONE = "[data-offline-page], .refusal, form[action^='/sign-in/'], form[action^='/accounts/']";

/* A form that came back with errors carries its own values; one that was accepted leads to another page, which says so by not holding the form. */
function clearAccepted() {
  const sent = sessionStorage.getItem("linli-draft-sent");
  if (!sent) return;
  sessionStorage.removeItem("linli-draft-sent");
  const same = [...document.querySelectorAll("form[data-draft]")].some((form) => key(form) === sent);
  if (!same && !document.querySelector(NOT_DONE)) localStorage.removeItem(sent);
}

/* Somebody may type before this script has come, or a browser bring back what stood there: that is newer than what was put by. */
const typed = (form) => [...form.elements].some((field) =>
  /^(checkbox|radio)$/.test(field.type) ? field.checked !== field.defaultChecked
    : field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue);

export function start(root) {
  for (const form of root.querySelectorAll("form[data-draft]")) {
    let stored = null;
    try { stored = JSON.parse(localStorage.getItem(key(form)) || "null"); } catch { localStorage.removeItem(key(form)); }
    const before = JSON.stringify(read(form));
    const early = typed(form);
    if (stored && !early && Date.now() - stored.at < WEEK && !form.querySelector(".error-summary") && !("returned" in form.dataset)) {
      if (JSON.stringify(stored.values) !== before) { fill(form, stored.values); tell(form); }
    }
    let timer;
    const keep = () => {
      try { localStorage.setItem(key(form), JSON.stringify({ at: Date.now(), values: read(form) })); } catch { /* storage is full or refused: the form still works */ }
    };
    if (early) keep();
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, 400); });
    form.addEventListener("submit", () => { clearTimeout(timer); keep(); sessionStorage.setItem("linli-draft-sent", key(form)); });
    form.addEventListener("linli:accepted", () => localStorage.removeItem(key(form)));
  }
}
export { clearAccepted };
