/*
 * Forms marked data-offline-queue: with no connection they wait on this device and go out later, each with a key made here
 * ("idempotency_key"), so that the server writes one record however often it is sent. The CSRF token is taken fresh when sending.
 */
import { announce, say } from "./words.js";

const KEY = "idempotency_key";
const PATIENCE = 20000;
const AGAIN = 60000;

function open() {
  return new Promise((done, fail) => {
    const asked = indexedDB.open("linli-queue", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("waiting", { keyPath: "key" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}

async function store(mode, work) {
  const db = await open();
  return new Promise((done, fail) => {
    const deal = db.transaction("waiting", mode);
    const asked = work(deal.objectStore("waiting"));
    deal.oncomplete = () => { db.close(); done(asked?.result); };
    deal.onerror = () => { db.close(); fail(deal.error); };
  });
}

const waiting = () => store("readonly", (box) => box.getAll());
const keep = (item) => store("readwrite", (box) => box.put(item));
const drop = (key) => store("readwrite", (box) => box.delete(key));

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function keyField(form) {
  let input = form.elements[KEY];
  if (!input) {
    input = document.createElement("input");
    input.type = "hidden";
    input.name = KEY;
    form.append(input);
  }
  if (!input.value) input.value = newKey();
  return input;
}

async function show() {
  const items = await waiting();
  const stuck = items.filter((item) => item.refused).length;
  list(items);
  let bar = document.querySelector(".offline-bar");
  if (!items.length) {
    bar?.remove();
    for (const place of document.querySelectorAll("[data-queue-state], [data-queue-sign-in]")) place.hidden = true;
    return;
  }
  if (!bar) {
    bar = document.createElement("div");
    bar.className = "offline-bar no-print";
    bar.setAttribute("role", "status");
    document.body.prepend(bar);
  }
  bar.textContent = say("Queued", { n: items.length }) + (stuck ? ` · ${say("Refused", { n: stuck })}` : "");
  for (const place of document.querySelectorAll("[data-queue-state]")) { place.hidden = false; place.textContent = bar.textContent; }
  for (const place of document.querySelectorAll("[data-queue-sign-in]")) place.hidden = !signedOut;
}

/* [data-queue-list]: what waits, with its first words and time; what was not accepted can be taken back into the form, or dropped. */
function list(items) {
  for (const place of document.querySelectorAll("[data-queue-list]")) {
    place.replaceChildren(...items.map((item) => {
      const line = document.createElement("li");
      const words = document.createElement("span");
      const said = item.fields.find(([name]) => name === "text")?.[1] || "";
      words.textContent = `${said.slice(0, 30)} · ${new Date(item.at).toLocaleString(document.documentElement.lang)} · ${item.refused ? place.dataset.sayStuck : place.dataset.sayWaiting}`;
      line.append(words);
      if (item.refused) {
        const again = document.createElement("button");
        again.type = "button";
        again.className = "btn is-secondary";
        again.textContent = place.dataset.sayAgain;
        again.addEventListener("click", async () => { refill(item); await drop(item.key); await show(); });
        line.append(again);
      }
      return line;
    }));
  }
}

function refill(item) {
  const form = document.querySelector("form[data-offline-queue]");
  if (!form) return;
  for (const input of form.elements) {
    const found = item.fields.filter(([name, value]) => name === input.name && typeof value === "string").map(([, value]) => value);
    if (!found.length || ["csrfmiddlewaretoken", KEY].includes(input.name)) continue;
    if (["radio", "checkbox"].includes(input.type)) input.checked = found.includes(input.value);
    else if (input.type !== "file") input.value = found[0];
  }
  form.querySelector("textarea, input:not([type=hidden])")?.focus();
}

async function freshToken(address) {
  const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("input[name=csrfmiddlewaretoken]")?.value || "";
}

/* The answer of the house; null when it could not be reached. The token is taken fresh: a page kept on the phone holds an old one. */
async function send(item) {
  const body = new FormData();
  for (const [name, value] of item.fields) if (name !== "csrfmiddlewaretoken") body.append(name, value);
  try {
    body.append("csrfmiddlewaretoken", await freshToken(item.page));
    const headers = { "Idempotency-Key": item.key, Accept: "application/json" };
    return await fetch(item.action, { method: "POST", body, credentials: "same-origin", headers, signal: AbortSignal.timeout?.(PATIENCE) });
  } catch {
    return null;
  }
}

/*
 * 201 alone says that it was written. A house that leads to the sign-in page has written nothing: a session ends while somebody is out, and
 * what they noted waits until they have signed in again.
 */
const written = (answer) => answer.status === 201;
const ledAway = (answer) => answer.redirected || [401, 403].includes(answer.status);
const refused = (answer) => answer.ok || (answer.status >= 400 && answer.status < 500 && ![408, 425, 429].includes(answer.status));
let signedOut = false;

/* One sender at a time, over all tabs: the lock keeps two tabs from sending the same one twice at once. */
async function sendAll() {
  const run = async () => {
    let sent = 0;
    for (const item of await waiting()) {
      if (item.refused) continue;
      const answer = await send(item);
      if (answer === null) break;
      signedOut = ledAway(answer);
      if (written(answer)) { await drop(item.key); sent += 1; }
      else if (signedOut || !refused(answer)) break;
      else await keep({ ...item, refused: answer.status });
    }
    if (sent) announce(say("Sent", { n: sent }));
    await show();
  };
  return navigator.locks ? navigator.locks.request("linli-queue", { ifAvailable: true }, (lock) => (lock ? run() : null)) : run();
}

/*
 * A phone says it is online as long as it sees a mast, also in a cellar where nothing gets through: what counts is whether the house answers.
 * What it does not take is sent the ordinary way, so that the page says what to mend; the key keeps it from being written twice.
 */
async function submitted(form, event) {
  const field = keyField(form);
  if (form.dataset.plainly) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  const fields = [...new FormData(form, event.submitter || undefined)];
  const item = { key: field.value, action: form.action, page: location.origin + location.pathname, fields, at: Date.now() };
  const answer = navigator.onLine ? await send(item) : null;
  delete form.dataset.sending;
  if (answer && written(answer)) {
    const said = await answer.json().catch(() => ({}));
    form.dispatchEvent(new CustomEvent("linli:accepted"));
    location.assign(said.ref ? `${item.page}?sent=${encodeURIComponent(said.ref)}` : item.page);
    return;
  }
  signedOut = Boolean(answer) && ledAway(answer);
  if (answer && !signedOut && refused(answer)) { form.dataset.plainly = "yes"; form.requestSubmit(event.submitter || undefined); return; }
  item.fields.push(["noted_at", new Date(item.at).toISOString()]);
  await keep(item);
  form.dispatchEvent(new CustomEvent("linli:accepted"));
  form.reset();
  field.value = newKey();
  announce(say("Kept"));
  await show();
}

/* [data-kept-page]: a way to a page that this device has kept; the offline page is one for everybody and does not know who has which. */
async function showKept(root) {
  for (const place of root.querySelectorAll("[data-kept-page]")) place.hidden = !("caches" in window && await caches.match(place.dataset.keptPage));
}

export function start(root) {
  showKept(root);
  if (!("indexedDB" in window)) return;
  for (const form of root.querySelectorAll("form[data-offline-queue]")) {
    keyField(form);
    form.addEventListener("submit", (event) => submitted(form, event));
  }
  show();
  addEventListener("online", sendAll);
  setInterval(async () => { if (navigator.onLine && (await waiting()).some((item) => !item.refused)) sendAll(); }, AGAIN);
  if (navigator.onLine) sendAll();
}
