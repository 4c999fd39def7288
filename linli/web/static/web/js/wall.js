/* A screen on a wall: turns to the next board without leaving full screen. Without this, the page turns by itself all the same. */
export function start(root) {
  const main = root.querySelector?.("[data-wall]") ?? root;
  const whole = main.querySelector("[data-wall-whole]");
  if (whole && document.documentElement.requestFullscreen && !document.fullscreenElement) {
    whole.hidden = false;
    whole.addEventListener("click", () => document.documentElement.requestFullscreen().then(() => { whole.hidden = true; }));
  }
  const seconds = Number(main.dataset.wall);
  if (seconds > 0) setTimeout(() => turn(main), seconds * 1000);
}

async function turn(main) {
  const next = main.dataset.wallNext;
  try {
    const answer = await fetch(next, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-wall]");
    if (!fresh) throw new Error("no board");
    history.replaceState(null, "", next);
    document.title = page.title;
    main.replaceWith(document.adoptNode(fresh));
    start(document);
  } catch {
    // The network or the server is away for a moment: what stands stays, and it is tried again.
    setTimeout(() => turn(main), Math.max(Number(main.dataset.wall), 30) * 1000);
  }
}
