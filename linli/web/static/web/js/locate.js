/* Asks the device where it is, when the reader presses the button, and sends the form; without a device that knows, the form stays hidden. */
import { announce } from "./words.js";

export function start(root) {
  if (!("geolocation" in navigator) || !window.isSecureContext) return;
  for (const form of root.querySelectorAll("form[data-locate]")) {
    form.hidden = false;
    let found = false;
    form.addEventListener("submit", (event) => {
      if (found) return;
      event.preventDefault();
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          form.elements.latitude.value = coords.latitude.toFixed(6);
          form.elements.longitude.value = coords.longitude.toFixed(6);
          found = true;
          form.requestSubmit();
        },
        () => announce(form.dataset.failed),
        { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
      );
    });
  }
}
