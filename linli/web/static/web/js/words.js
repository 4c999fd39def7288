/* Sentences for scripts stand on <body> in the reader's language; news goes to the page's live region. */
export const say = (name, values = {}) =>
  Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), document.body.dataset["say" + name] || "");

export function announce(text) {
  const place = document.querySelector("[data-live]");
  if (!place) return;
  place.textContent = "";
  const words = document.createElement("div");
  words.className = "notice is-info";
  words.textContent = text;
  place.append(words);
}
