/* A plan whose buildings are radios also answers to a touch on the drawing. */
export function start(root) {
  for (const plan of [...root.querySelectorAll("[data-plan]")]) {
    const radios = [...plan.querySelectorAll("input[type=radio]")];
    if (!radios.length) continue;
    const houses = [...plan.querySelectorAll("g[data-key]")];
    const paint = () => {
      const on = radios.find((radio) => radio.checked)?.value;
      for (const house of houses) house.classList.toggle("is-on", house.dataset.key === on);
    };
    for (const house of houses) {
      house.addEventListener("click", () => {
        const radio = radios.find((other) => other.value === house.dataset.key);
        if (!radio) return;
        radio.checked = true;
        radio.dispatchEvent(new Event("change", { bubbles: true }));
        paint();
      });
      house.addEventListener("mouseenter", () => house.classList.add("is-hover"));
      house.addEventListener("mouseleave", () => house.classList.remove("is-hover"));
    }
    radios.forEach((radio) => radio.addEventListener("change", paint));
    paint();
  }
}
