// Traffic as density: every line is added up in a grid of pixels, and the sum becomes opacity. Drawing 300,000 legs
// takes some 15 ms without any graphics hardware, and a crowded lane reads as darker instead of as a blot.
const BOXES = new Float64Array(TRAFFIC.n * 4);
for (let i = 0; i < TRAFFIC.n; i++) {
  let west = Infinity, south = Infinity, east = -Infinity, north = -Infinity;
  for (let k = TRAFFIC.start[i]; k < TRAFFIC.start[i + 1]; k++) {
    west = Math.min(west, TRAFFIC.x[k]); east = Math.max(east, TRAFFIC.x[k]);
    south = Math.min(south, TRAFFIC.y[k]); north = Math.max(north, TRAFFIC.y[k]);
  }
  BOXES.set([west, south, east, north], 4 * i);
}

class Density {
  constructor() {
    this.canvas = document.createElement('canvas');
    this.w = 0; this.h = 0;
  }

  size(w, h) {
    if (w !== this.w || h !== this.h) {
      this.canvas.width = this.w = w;
      this.canvas.height = this.h = h;
      this.sum = new Float32Array(w * h);
      this.image = this.canvas.getContext('2d').createImageData(w, h);
      this.bits = new Uint32Array(this.image.data.buffer);
    } else this.sum.fill(0);
  }

  dot(x, y) {
    const i = Math.floor(x), k = Math.floor(y);
    if (i < 1 || k < 1 || i >= this.w - 1 || k >= this.h - 1) return;
    const at = k * this.w + i, sum = this.sum;
    sum[at] += 1; sum[at + 1] += 0.5; sum[at - 1] += 0.5; sum[at + this.w] += 0.5; sum[at - this.w] += 0.5;
  }

  // One leg, clipped, shared between the two nearest pixels across it (after Wu 1991).
  leg(x0, y0, x1, y1) {
    const w = this.w, h = this.h;
    const dx = x1 - x0, dy = y1 - y0;
    let a = 0, b = 1;
    for (let side = 0; side < 4; side++) {
      const p = side === 0 ? -dx : side === 1 ? dx : side === 2 ? -dy : dy;
      const q = side === 0 ? x0 - 1 : side === 1 ? w - 3 - x0 : side === 2 ? y0 - 1 : h - 3 - y0;
      if (p === 0) { if (q < 0) return; continue; }
      const r = q / p;
      if (p < 0) { if (r > b) return; if (r > a) a = r; } else { if (r < a) return; if (r < b) b = r; }
    }
    const sx = x0 + a * dx, sy = y0 + a * dy, ex = x0 + b * dx, ey = y0 + b * dy, sum = this.sum;
    if (Math.abs(ex - sx) >= Math.abs(ey - sy)) {
      const from = Math.round(Math.min(sx, ex)), to = Math.round(Math.max(sx, ex));
      const slope = ex === sx ? 0 : (ey - sy) / (ex - sx);
      let y = sy + (from - sx) * slope;
      for (let x = from; x < to || (x === from && x === to); x++, y += slope) {
        const k = Math.max(0, Math.min(h - 2, y | 0)), f = Math.max(0, Math.min(1, y - k)), at = k * w + x;
        sum[at] += 1 - f;
        sum[at + w] += f;
      }
    } else {
      const from = Math.round(Math.min(sy, ey)), to = Math.round(Math.max(sy, ey));
      const slope = (ex - sx) / (ey - sy);
      let x = sx + (from - sy) * slope;
      for (let y = from; y < to; y++, x += slope) {
        const i = Math.max(0, Math.min(w - 2, x | 0)), f = Math.max(0, Math.min(1, x - i)), at = y * w + i;
        sum[at] += 1 - f;
        sum[at + 1] += f;
      }
    }
  }

  add(view, ratio) {
    const { x, y, start } = TRAFFIC, scale = view.scale * ratio;
    const ox = this.w / 2 - view.x * scale, oy = this.h / 2 + view.y * scale;
    const west = view.planeX(-4), east = view.planeX(view.w + 4);
    const south = view.planeY(view.h + 4), north = view.planeY(-4);
    for (let i = 0; i < TRAFFIC.n; i++) {
      const box = 4 * i;
      if (BOXES[box] > east || BOXES[box + 2] < west || BOXES[box + 1] > north || BOXES[box + 3] < south) continue;
      const last = start[i + 1] - 1;
      let px = x[start[i]] * scale + ox, py = oy - y[start[i]] * scale;
      if (last === start[i] || Math.max(BOXES[box + 2] - BOXES[box], BOXES[box + 3] - BOXES[box + 1]) * scale < 1.5) {
        this.dot(px, py);
        continue;
      }
      for (let k = start[i] + 1; k <= last; k++) {
        const nx = x[k] * scale + ox, ny = oy - y[k] * scale;
        // What moves less than a pixel waits for the next fix.
        if (k < last && Math.abs(nx - px) < 1 && Math.abs(ny - py) < 1) continue;
        this.leg(px, py, nx, ny);
        px = nx;
        py = ny;
      }
    }
    for (let i = 0; i < POSITS.x.length; i++) this.dot(POSITS.x[i] * scale + ox, oy - POSITS.y[i] * scale);
  }

  // Opacity by the logarithm of the sum, so that one lone ship and the busiest lane can both be read; paler the more of
// the picture is covered, so that findings stay what the eye meets first.
  shade(colour) {
    const sum = this.sum, bits = this.bits, steps = 1024;
    const tally = new Uint32Array(steps);
    let filled = 0;
    for (let i = 0; i < sum.length; i++) {
      if (sum[i] > 0.25) { tally[Math.min(steps - 1, sum[i] | 0)]++; filled++; }
    }
    let top = steps - 1, seen = 0;
    while (top > 3 && (seen += tally[top]) < filled * 0.005) top--;
    const full = Math.log1p(Math.max(8, top));
    const crowd = Math.min(1, 1.5 * filled / sum.length), one = 0.36 - 0.22 * crowd, most = 0.92 - 0.3 * crowd;
    const [r, g, b] = colour;
    const lut = new Uint32Array(2048);
    for (let k = 1; k < 2048; k++) {
      const value = k / 16, low = Math.min(1, value) * one;
      const alpha = value <= 1 ? low : one + (most - one) * Math.min(1, (Math.log1p(value) - Math.LN2) / (full - Math.LN2));
      lut[k] = ((Math.round(alpha * 255) << 24) | (b << 16) | (g << 8) | r) >>> 0;
    }
    for (let i = 0; i < sum.length; i++) bits[i] = sum[i] === 0 ? 0 : lut[Math.min(2047, (sum[i] * 16) | 0)];
    this.canvas.getContext('2d').putImageData(this.image, 0, 0);
  }

  draw(ctx, view, ratio, colour) {
    this.size(Math.round(view.w * ratio), Math.round(view.h * ratio));
    this.add(view, ratio);
    this.shade(colour);
    ctx.drawImage(this.canvas, 0, 0, view.w, view.h);
  }
}

// The track nearest to a pixel, within reach: its label and the time of the nearest drawn fix.
function trackAt(view, px, py, reach) {
  const x = view.planeX(px), y = view.planeY(py), near = reach / view.scale;
  let best = near * near, found = null;
  for (let i = 0; i < TRAFFIC.n; i++) {
    const box = 4 * i;
    if (BOXES[box] > x + near || BOXES[box + 2] < x - near) continue;
    if (BOXES[box + 1] > y + near || BOXES[box + 3] < y - near) continue;
    for (let k = TRAFFIC.start[i]; k < TRAFFIC.start[i + 1]; k++) {
      const j = Math.min(k + 1, TRAFFIC.start[i + 1] - 1);
      const ux = TRAFFIC.x[j] - TRAFFIC.x[k], uy = TRAFFIC.y[j] - TRAFFIC.y[k], long = ux * ux + uy * uy;
      const f = long ? Math.min(1, Math.max(0, ((x - TRAFFIC.x[k]) * ux + (y - TRAFFIC.y[k]) * uy) / long)) : 0;
      const ex = x - TRAFFIC.x[k] - f * ux, ey = y - TRAFFIC.y[k] - f * uy, d = ex * ex + ey * ey;
      if (d < best) {
        best = d;
        found = { line: i, t: TRAFFIC.t[f < 0.5 ? k : j] + DATA.traffic.t0_s };
      }
    }
  }
  return found && { label: DATA.traffic.labels[TRAFFIC.label[found.line]], t: found.t, line: found.line };
}

function rgb(colour) {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour);
  const n = hex ? parseInt(hex[1], 16) : 0x808080;
  return [n >> 16, n >> 8 & 255, n & 255];
}
