/*
 * Asks the device where it is, when the reader presses the button. form[data-locate] is sent with the answer; [data-locate-here] writes it
 * into the form it stands in, which works without a connection too. Without a device that knows, the button stays hidden.
 */
import { announce } from "./words.js";

const ASKED = { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 };

function write(form, coords) {
  form.elements.latitude.value = coords.latitude.toFixed(6);
  form.elements.longitude.value = coords.longitude.toFixed(6);
}

function sent(form) {
  form.hidden = false;
  let found = false;
  form.addEventListener("submit", (event) => {
    if (found) return;
    event.preventDefault();
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { write(form, coords); found = true; form.requestSubmit(); },
      () => announce(form.dataset.failed),
      ASKED,
    );
  });
}

function kept(button) {
  const form = button.form;
  const line = form.querySelector("[data-located]");
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { write(form, coords); line.textContent = button.dataset.sayFound.replace("{m}", Math.max(1, Math.round(coords.accuracy))); },
      () => { line.textContent = button.dataset.sayFailed; },
      ASKED,
    );
  });
  form.addEventListener("linli:accepted", () => {
    form.elements.latitude.value = form.elements.longitude.value = line.textContent = "";
  });
}

export function start(root) {
  if (!("geolocation" in navigator) || !window.isSecureContext) return;
  root.querySelectorAll("form[data-locate]").forEach(sent);
  root.querySelectorAll("[data-locate-here]").forEach(kept);
}
