{# The kept pages are named by the apps; nothing personal is ever kept: only the files listed here and addresses under /static/. #}
const SHELL = {{ shell|tojson }};
const KEPT = {{ kept|tojson }};
const OFFLINE = {{ offline|tojson }};
{% raw %}
const name = "linli-" + [...SHELL, ...KEPT].join("|").split("").reduce((n, c) => (n * 31 + c.charCodeAt(0)) >>> 0, 7);

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(name);
    await Promise.all([...SHELL, ...KEPT, OFFLINE].map((path) => cache.add(new Request(path, { credentials: KEPT.includes(path) ? "same-origin" : "omit" })).catch(() => null)));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const key of await caches.keys()) if (key.startsWith("linli-") && key !== name) await caches.delete(key);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(fromStatic(request));
  else if (request.mode === "navigate") event.respondWith(fromNetwork(request, url));
});

async function fromStatic(request) {
  const cache = await caches.open(name);
  if (/\.[0-9a-f]{12}\.\w+$/.test(new URL(request.url).pathname)) {
    const kept = await cache.match(request);
    if (kept) return kept;
  }
  try {
    const answer = await fetch(request);
    if (answer.ok) cache.put(request, answer.clone());
    return answer;
  } catch {
    return (await cache.match(request)) || Response.error();
  }
}

async function fromNetwork(request, url) {
  const cache = await caches.open(name);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected && answer.headers.has("Linli-Keep")) cache.put(url.pathname, answer.clone());
    return answer;
  } catch {
    return (await cache.match(url.pathname)) || (await cache.match(OFFLINE)) || Response.error();
  }
}
{% endraw %}
