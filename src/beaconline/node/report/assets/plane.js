// The plane, the colours and the symbols: what every drawing here shares.
class View {
  constructor() {
    this.x = 0; this.y = 0; this.scale = 1; this.w = 1; this.h = 1;
  }

  px(x) { return (x - this.x) * this.scale + this.w / 2; }
  py(y) { return this.h / 2 - (y - this.y) * this.scale; }
  planeX(px) { return (px - this.w / 2) / this.scale + this.x; }
  planeY(py) { return (this.h / 2 - py) / this.scale + this.y; }

  // Metres a pixel at the middle; the scale of this plane grows towards the poles.
  metres() { return 111195 * Math.cos(latitude(this.y) * Math.PI / 180) / this.scale; }

  fit(west, south, east, north, padding) {
    this.x = (west + east) / 2;
    this.y = (south + north) / 2;
    const w = Math.max(20, this.w - 2 * padding), h = Math.max(20, this.h - 2 * padding);
    this.scale = Math.min(w / Math.max(1e-9, east - west), h / Math.max(1e-9, north - south));
  }
}

const SHAPES = ['circle', 'triangle', 'diamond', 'square', 'star', 'hexagon'];
// Shape and colour of each kind; kinds of one colour tell of the same: meetings, places, identity, joint acts, the sea
// bed, silence.
const KNOWN = {
  encounter: [0, 0], raft: [5, 0], shadow: [1, 0], block: [3, 0], zone_entry: [1, 1], loitering: [0, 1], port_visit: [3, 1],
  listed_seen: [2, 1], identity_conflict: [2, 2], identity_change: [1, 2], position_spoof: [4, 2], joint_activity: [4, 3],
  cable_risk: [2, 4], gap: [0, 5], feed_silent: [3, 5],
};

function shapeOf(kind) {
  return kind in KNOWN ? KNOWN[kind][0] : (3 + KINDS.indexOf(kind)) % SHAPES.length;
}

function colourOf(kind) {
  return kind in KNOWN ? KNOWN[kind][1] : (3 + KINDS.indexOf(kind)) % SHAPES.length;
}

function outline(shape, r) {
  const round = (n, turn, radius) => Array.from({ length: n }, (_, k) => {
    const a = (turn + k * 360 / n) * Math.PI / 180, at = radius(k);
    return [at * Math.sin(a), -at * Math.cos(a)];
  });
  if (shape === 1) return round(3, 0, () => r * 1.25);
  if (shape === 2) return round(4, 0, () => r * 1.2);
  if (shape === 3) return round(4, 45, () => r * 1.2);
  if (shape === 4) return round(10, 0, (k) => (k % 2 ? r * 0.55 : r * 1.35));
  if (shape === 5) return round(6, 0, () => r * 1.1);
  return round(24, 0, () => r);
}

function symbol(kind, hollow) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '-8 -8 16 16');
  svg.setAttribute('class', `sym k${colourOf(kind)}${hollow ? ' hollow' : ''}`);
  svg.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'polygon');
  shape.setAttribute('points', outline(shapeOf(kind), 5).map((p) => p.map((v) => v.toFixed(2)).join(',')).join(' '));
  svg.append(shape);
  return svg;
}

let COLOURS = {};

function readColours() {
  const style = getComputedStyle(root);
  const names = ['sea', 'land', 'coast', 'grid', 'ink', 'dim', 'traffic', 'zone', 'paper', 'mark'];
  COLOURS = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  COLOURS.kind = SHAPES.map((_, k) => style.getPropertyValue(`--k${k}`).trim());
  COLOURS.member = [0, 1, 2, 3].map((k) => style.getPropertyValue(`--m${k}`).trim());
}

// A canvas as large as its box, in device pixels; returns its context scaled to CSS pixels, or null when it has no box.
function prepare(canvas, view, ratio) {
  const box = canvas.getBoundingClientRect();
  if (box.width < 2 || box.height < 2) return null;
  view.w = Math.round(box.width);
  view.h = Math.round(box.height);
  const w = Math.round(view.w * ratio), h = Math.round(view.h * ratio);
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  const ctx = canvas.getContext('2d');
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.lineJoin = 'round';
  return ctx;
}

function pixelRatio() {
  return Math.min(2, Math.max(1, window.devicePixelRatio || 1));
}
