/* A meeting as it runs: asks for news, draws what changed, runs the speaker's clock by the server's. Every page works without it. */
const root = document.querySelector("[data-live-meeting]");
const seat = Number(root?.dataset.seat || 0);
let version = `"${root?.dataset.version || 0}"`;
let offset = 0;
let wait = 1000;
let failures = 0;
let timer = 0;
let first = true;

const now = () => Date.now() + offset;

function tick() {
  for (const clock of document.querySelectorAll("[data-timer]")) {
    const since = Number(clock.dataset.since);
    const used = Number(clock.dataset.used) + (since ? Math.max(0, now() - since) : 0);
    const left = Number(clock.dataset.limit) - used;
    const seconds = Math.floor(Math.abs(left) / 1000);
    const text = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
    const shown = left < 0 && seconds > 0 ? `${clock.dataset.over} ${text}` : text;
    if (clock.textContent !== shown) clock.textContent = shown;
    clock.classList.toggle("is-over", left < 0);
  }
}

function draw(news) {
  for (const [name, html] of Object.entries(news.regions)) {
    const region = root.querySelector(`[data-region="${name}"]`);
    if (!region || region.dataset.html === html) continue;
    const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
    region.innerHTML = html;
    region.dataset.html = html;
    region.hidden = false;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
  const on = { hands: Boolean(news.hands), ask: news.may_ask };
  for (const part of document.querySelectorAll("[data-on]")) part.hidden = !on[part.dataset.on];
  for (const part of document.querySelectorAll("[data-off]")) part.hidden = on[part.dataset.off];
  for (const field of document.querySelectorAll("[data-hands]")) {
    if (news.hands && field.value !== String(news.hands)) {
      field.value = news.hands;
      for (const button of field.form.querySelectorAll("[aria-pressed]")) button.setAttribute("aria-pressed", "false");
      for (const box of field.form.querySelectorAll("input[inputmode]")) box.value = "0";
    }
  }
  const place = news.queue.indexOf(seat);
  for (const words of document.querySelectorAll("[data-position]")) {
    words.hidden = place < 0;
    const text = place === 0 ? words.dataset.next : words.dataset.say.replace("{n}", place);
    if (place >= 0 && words.textContent !== text) words.textContent = text;
  }
  const mine = Boolean(seat) && news.timer?.seat === seat;
  for (const words of document.querySelectorAll("[data-turn]")) {
    // Whoever is called no longer reads that they wait to be called.
    if (mine && words.hidden) for (const line of words.closest("section").querySelectorAll(".mt-said")) line.textContent = "";
    words.hidden = !mine;
  }
  for (const form of document.querySelectorAll("[data-waiting]")) form.hidden = place < 0;
  if (place < 0) for (const button of document.querySelectorAll(".mt-ask [name=side]")) button.setAttribute("aria-pressed", "false");
  if (seat) root.querySelector(`.mt-queue [data-seat="${seat}"]`)?.classList.add("is-me");
  const said = document.querySelector("[data-say-now]");
  if (said && !first && said.textContent !== news.say) said.textContent = news.say;
  first = false;
  tick();
}

async function ask() {
  clearTimeout(timer);
  try {
    const sent = Date.now();
    const answer = await fetch(root.dataset.liveMeeting, { credentials: "omit", headers: { "If-None-Match": version }, cache: "no-store" });
    const said = Number(answer.headers.get("Linli-Now"));
    if (said) offset = said - (sent + Date.now()) / 2;
    if (answer.status === 200) {
      const news = await answer.json();
      version = answer.headers.get("ETag");
      wait = news.poll_ms;
      // Opened, adjourned, ended: the page itself has other parts now. What is being typed is not taken away.
      if (root.dataset.state && root.dataset.state !== news.state && !document.activeElement?.matches("input, textarea, select")) return location.reload();
      if (!root.dataset.state && first === false && root.dataset.was && root.dataset.was !== news.state) return location.reload();
      root.dataset.was = news.state;
      draw(news);
    } else if (answer.status !== 304) throw new Error(String(answer.status));
    failures = 0;
  } catch {
    failures += 1;
  }
  for (const lost of document.querySelectorAll("[data-lost]")) lost.hidden = failures < 3;
  // A hidden page asks seldom; one that cannot reach the house asks ever more seldom.
  const pause = document.hidden ? Math.max(wait, 10000) : Math.min(wait * 2 ** Math.min(failures, 4), 15000);
  timer = setTimeout(ask, pause * (0.9 + Math.random() * 0.2));
}

/* Forms are sent without leaving the page; the answer is said, and the news asked for at once. */
function mark(form, button) {
  for (const other of form.querySelectorAll("button[aria-pressed]")) other.setAttribute("aria-pressed", String(other === button));
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form");
  const button = event.submitter;
  if (button?.dataset.sure && !confirm(button.dataset.sure)) return event.preventDefault();
  if (!form?.matches("[data-quick]") || event.defaultPrevented) return;
  event.preventDefault();
  const reason = document.getElementById("reason");
  if (button?.dataset.ask === "reason" && reason && !reason.value.trim()) {
    reason.focus();
    return;
  }
  const data = new FormData(form, button);
  const said = document.querySelector("[data-answer]");
  if (button) button.disabled = true;
  try {
    const answer = await fetch(button?.getAttribute("formaction") || form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
    const told = await answer.json();
    say(said, form, told.turn_to ? `${told.words} ${told.turn_to}` : told.words, !told.ok);
    if (told.ok) {
      if (button) mark(form, button);
      for (const field of form.querySelectorAll("[name=once]")) field.value = Math.random().toString(36).slice(2) + Date.now().toString(36);
      if (!form.matches("[data-keep]")) for (const box of form.querySelectorAll("input:not([type=hidden]):not([inputmode]), textarea")) box.value = "";
      if (form.id === "act" && reason) reason.value = "";
      if (button?.getAttribute("formaction")?.match(/\/(tick|leave)\//)) return location.reload();
    }
  } catch {
    form.removeAttribute("data-quick");
    if (button) {
      button.disabled = false;
      button.click();
    }
    return;
  } finally {
    if (button) button.disabled = false;
  }
  if (root) ask();
});

function say(place, form, words, refused) {
  let line = place || form.querySelector(".mt-said");
  if (!line) {
    line = document.createElement("p");
    line.className = "mt-said";
    line.setAttribute("role", "status");
    form.append(line);
  }
  line.classList.toggle("is-refused", refused);
  line.textContent = words;
}

/* The chair's keys, unless switched off: one letter does or goes to what it stands beside. */
if (root?.matches("[data-run]")) {
  const box = document.querySelector("[data-keys-on]");
  if (box) {
    box.checked = localStorage.getItem("linli-meeting-keys") !== "off";
    box.addEventListener("change", () => localStorage.setItem("linli-meeting-keys", box.checked ? "on" : "off"));
  }
  document.addEventListener("keydown", (event) => {
    if (!box?.checked || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    const found = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!found || found.disabled) return;
    event.preventDefault();
    if (found.matches("button")) found.click();
    else found.focus();
  });
}

/* The projector's code changes every minute. */
const code = document.querySelector("[data-code]");
if (code) {
  setInterval(async () => {
    try {
      const answer = await fetch(code.dataset.code);
      if (answer.ok && !answer.redirected) code.innerHTML = await answer.text();
    } catch {
      /* the next half minute tries again */
    }
  }, 20000);
}

if (root) {
  ask();
  setInterval(tick, 200);
  document.addEventListener("visibilitychange", () => document.hidden || ask());
}
