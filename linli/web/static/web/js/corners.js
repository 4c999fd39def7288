/*
 * Draws an area corner by corner on a plan. The numbers in the text field stay the source: what is drawn is written there as GeoJSON, and what
 * is pasted there is drawn. Touch, mouse and keys do the same things; without script the text field alone is there.
 */

const SVG = "http://www.w3.org/2000/svg";
const STEP = 64; // arrow presses across the plan
const REACH = 22; // half of what a finger can hit, in pixels
const CLICK = { Enter: 1, " ": 1 };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const made = (name, values) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) element.setAttribute(key, value);
  return element;
};

/* Pairs of longitude and latitude without the closing one; null where the text is anything but one plain area. */
function ringOf(text) {
  try {
    const given = JSON.parse(text);
    const shape = given.type === "Feature" ? given.geometry : given;
    const [ring, ...holes] = shape.coordinates;
    const sound = shape.type === "Polygon" && !holes.length && ring.length > 3 && ring.every((at) => at.length > 1 && at.every(Number.isFinite));
    return sound ? ring.slice(0, -1).map(([x, y]) => [x, y]) : null;
  } catch {
    return null;
  }
}

const turn = (a, b, c) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
const crosses = (a, b, c, d) => turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;

function isCrossed(ring) {
  const sides = ring.map((at, i) => [at, ring[(i + 1) % ring.length]]);
  return sides.some((one, i) => sides.slice(i + 1).some((other) => crosses(...one, ...other)));
}

/* How far a point is from a side, and where the side is nearest to it. */
function away(at, [a, b]) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const along = Math.max(0, Math.min(1, ((at[0] - a[0]) * dx + (at[1] - a[1]) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(at[0] - a[0] - along * dx, at[1] - a[1] - along * dy);
}

class Corners {
  constructor(box) {
    this.box = box;
    this.svg = box.querySelector("svg");
    this.text = document.getElementById(box.dataset.corners);
    this.form = this.text.form;
    this.live = box.querySelector("[data-corners-said]");
    const [lon, perX, lat, perY] = this.svg.dataset.frame.split(" ").map(Number);
    this.toPlan = ([x, y]) => [(x - lon) / perX, (lat - y) / perY];
    this.toEarth = ([x, y]) => [lon + x * perX, lat - y * perY].map((value) => Number(value.toFixed(6)));
    this.view = this.svg.viewBox.baseVal;
    this.whole = { x: this.view.x, y: this.view.y, width: this.view.width, height: this.view.height };
    this.aim = [this.whole.width / 2, this.whole.height / 2];
    this.ring = [];
    this.layer = this.svg.appendChild(made("g", { class: "corners" }));
    this.cross = this.svg.appendChild(made("path", { class: "corners-aim", "aria-hidden": "true" }));
    box.hidden = false;
    this.listen();
    this.read();
    if (this.ring.length) this.look(this.ring);
    this.paint();
  }

  listen() {
    this.svg.addEventListener("click", (event) => this.clicked(event));
    this.svg.addEventListener("keydown", (event) => this.pressed(event));
    this.svg.addEventListener("pointerdown", (event) => this.grabbed(event));
    this.box.addEventListener("click", (event) => this.asked(event.target.closest("button")?.dataset.does));
    for (const source of [this.text, ...this.form.elements.datum, this.form.elements.outline]) {
      source.addEventListener("input", () => { this.read(); this.paint(); });
    }
    new ResizeObserver(() => this.paint()).observe(this.svg);
  }

  /* What the text says, and whether the drawing may touch it: a file, other coordinates or several areas are left alone. */
  read() {
    const text = this.text.value.trim();
    const ring = text ? ringOf(text) : [];
    const other = this.form.elements.outline.files.length || this.form.elements.datum.value !== "wgs84";
    this.locked = Boolean(other || !ring);
    this.ring = this.locked ? [] : ring.map(this.toPlan);
    this.tell();
  }

  write() {
    const ring = this.ring.map(this.toEarth);
    this.text.value = ring.length > 2 ? JSON.stringify({ type: "Polygon", coordinates: [[...ring, ring[0]]] }) : "";
    this.tell();
    this.paint();
  }

  tell() {
    const count = this.ring.length;
    const name = this.locked ? "locked" : !count ? "none" : count < 3 ? "few" : isCrossed(this.ring) ? "crossed" : "many";
    this.live.textContent = this.box.dataset[`say${name[0].toUpperCase()}${name.slice(1)}`].replace("{n}", count);
  }

  where(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [at.x, at.y];
  }

  get unit() { return this.view.width / (this.svg.clientWidth || this.view.width); }

  clicked(event) {
    if (this.dragged) { this.dragged = false; return; }
    if (event.target.closest(".corner")) return;
    this.add(this.where(event));
  }

  /* A corner on a side goes between its ends; anywhere else it is the next one. */
  add(at) {
    if (this.locked) return this.tell();
    this.aim = at;
    const sides = this.ring.length > 2 ? this.ring.map((from, i) => away(at, [from, this.ring[(i + 1) % this.ring.length]])) : [];
    const nearest = sides.indexOf(Math.min(...sides));
    const between = nearest >= 0 && nearest < this.ring.length - 1 && sides[nearest] < 10 * this.unit;
    this.ring.splice(between ? nearest + 1 : this.ring.length, 0, at);
    this.write();
  }

  drop(number = this.ring.length - 1) {
    if (this.locked || number < 0) return;
    this.ring.splice(number, 1);
    this.write();
  }

  grabbed(event) {
    this.dragged = false;
    const number = event.target.closest(".corner")?.dataset.number;
    if (number === undefined) return;
    const from = this.where(event);
    const move = (moved) => {
      const at = this.where(moved);
      if (!this.dragged && Math.hypot(at[0] - from[0], at[1] - from[1]) < 3 * this.unit) return;
      this.dragged = true;
      this.ring[number] = this.aim = at;
      this.paint();
    };
    const end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      if (!this.dragged) return;
      this.write();
      setTimeout(() => { this.dragged = false; });
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const number = event.target.closest(".corner")?.dataset.number;
    const way = ARROWS[event.key];
    if (way) this.shift(way.map((part) => (part * this.view.width * (event.shiftKey ? 4 : 1)) / STEP), number);
    else if (CLICK[event.key] && number === undefined) this.add(this.aim);
    else if (event.key === "Backspace" || event.key === "Delete") this.drop(number === undefined ? undefined : Number(number));
    else return;
    event.preventDefault();
    if (number !== undefined) (this.layer.querySelector(`[data-number="${number}"]`) || this.svg).focus();
  }

  shift([dx, dy], number) {
    const [x, y] = number === undefined ? this.aim : this.ring[number];
    this.aim = [x + dx, y + dy];
    if (number !== undefined) { this.ring[number] = this.aim; this.write(); }
    this.follow();
    this.paint();
  }

  asked(what) {
    if (what === "in" || what === "out") this.zoom(what === "in" ? 0.5 : 2);
    if (what === "last") this.drop();
    if (what === "none" && !this.locked) { this.ring = []; this.write(); }
    if (what === "now" && !this.locked) { this.ring = JSON.parse(this.box.dataset.now).map(this.toPlan); this.look(this.ring); this.write(); }
  }

  zoom(by) {
    const width = Math.min(this.whole.width * 4, Math.max(this.whole.width / 32, this.view.width * by));
    const height = (width * this.whole.height) / this.whole.width;
    this.see(this.aim[0] - width / 2, this.aim[1] - height / 2, width, height);
  }

  /* The view so that a ring is in it whole. */
  look(ring) {
    const [xs, ys] = [ring.map((at) => at[0]), ring.map((at) => at[1])];
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    this.aim = [(left + right) / 2, (top + bottom) / 2];
    if (left < this.view.x || top < this.view.y || right > this.view.x + this.view.width || bottom > this.view.y + this.view.height) {
      const width = 1.4 * Math.max(right - left, ((bottom - top) * this.whole.width) / this.whole.height, 1);
      const height = (width * this.whole.height) / this.whole.width;
      this.see(this.aim[0] - width / 2, this.aim[1] - height / 2, width, height);
    }
  }

  follow() {
    const { x, y, width, height } = this.view;
    if (this.aim[0] < x || this.aim[0] > x + width || this.aim[1] < y || this.aim[1] > y + height) {
      this.see(this.aim[0] - width / 2, this.aim[1] - height / 2, width, height);
    }
  }

  see(...box) {
    this.svg.setAttribute("viewBox", box.map((value) => value.toFixed(2)).join(" "));
    this.view = this.svg.viewBox.baseVal;
    this.paint();
  }

  paint() {
    const unit = this.unit;
    const edge = this.ring.length > 1 ? [made("path", { class: "corners-area", d: `M${this.ring.map((at) => at.join(",")).join(" ")}Z` })] : [];
    this.layer.replaceChildren(...edge, ...this.ring.map((at, number) => this.corner(at, number, unit)));
    const [x, y] = this.aim;
    const arm = 9 * unit;
    this.cross.setAttribute("d", `M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}`);
    for (const button of this.box.querySelectorAll("[data-does=last], [data-does=none]")) button.disabled = this.locked || !this.ring.length;
  }

  corner(at, number, unit) {
    const group = made("g", { class: "corner", "data-number": number, tabindex: "0", role: "button" });
    group.setAttribute("aria-label", this.box.dataset.sayCorner.replace("{n}", number + 1).replace("{of}", this.ring.length));
    group.append(made("circle", { class: "corner-reach", cx: at[0], cy: at[1], r: REACH * unit }));
    group.append(made("circle", { class: "corner-dot", cx: at[0], cy: at[1], r: 7 * unit }));
    return group;
  }
}

export function start(root) {
  root.querySelectorAll("[data-corners]").forEach((box) => new Corners(box));
}
