// Land, zones, graticule, scale bar, symbols.
function pathOf(lines, from, to, ox, oy, close) {
  const path = new Path2D();
  for (let i = from; i < to; i++) {
    for (let k = lines.start[i]; k < lines.start[i + 1]; k++) {
      const x = lines.x[k] - ox, y = lines.y[k] - oy;
      if (k === lines.start[i]) path.moveTo(x, y); else path.lineTo(x, y);
    }
    if (close) path.closePath();
  }
  return path;
}

// Paths are kept near a middle of their own: canvases calculate in 32 bits.
const MIDDLE = {
  x: (DATA.view[0] + DATA.view[2]) / 2,
  y: (mercator(DATA.view[1]) + mercator(DATA.view[3])) / 2,
};
const LAND_PATH = pathOf(LAND, 0, LAND.n, MIDDLE.x, MIDDLE.y, true);
const ZONE_PATHS = ZONES.map((zone) => pathOf(zone, 0, zone.n, MIDDLE.x, MIDDLE.y, false));
const LAND_BOX = {
  west: DATA.land.box[0], south: mercator(DATA.land.box[1]), east: DATA.land.box[2], north: mercator(DATA.land.box[3]),
};

function inPlane(ctx, view, draw) {
  ctx.save();
  ctx.translate(view.px(MIDDLE.x), view.py(MIDDLE.y));
  ctx.scale(view.scale, -view.scale);
  draw();
  ctx.restore();
}

function drawLand(ctx, view) {
  ctx.fillStyle = COLOURS.sea;
  ctx.fillRect(0, 0, view.w, view.h);
  inPlane(ctx, view, () => {
    // A little inside the box, so that the cut edges of land do not look like a coast.
    const inset = 2 / view.scale;
    ctx.beginPath();
    ctx.rect(LAND_BOX.west - MIDDLE.x + inset, LAND_BOX.south - MIDDLE.y + inset,
      LAND_BOX.east - LAND_BOX.west - 2 * inset, LAND_BOX.north - LAND_BOX.south - 2 * inset);
    ctx.clip();
    ctx.fillStyle = COLOURS.land;
    ctx.fill(LAND_PATH, 'evenodd');
    ctx.lineWidth = 0.8 / view.scale;
    ctx.strokeStyle = COLOURS.coast;
    ctx.stroke(LAND_PATH);
  });
}

// Where land ends because the page holds no more of it: a dashed frame that says so.
function drawLandBox(ctx, view) {
  const x = view.px(LAND_BOX.west), y = view.py(LAND_BOX.north);
  const w = (LAND_BOX.east - LAND_BOX.west) * view.scale, h = (LAND_BOX.north - LAND_BOX.south) * view.scale;
  if (x < -1 && y < -1 && x + w > view.w + 1 && y + h > view.h + 1) return;
  ctx.save();
  ctx.strokeStyle = COLOURS.dim;
  ctx.setLineDash([2, 4]);
  ctx.strokeRect(x, y, w, h);
  ctx.restore();
  words2d(ctx, 'land is drawn inside this frame', Math.max(8, x + 6), Math.max(16, y + 14), COLOURS.dim, 'left');
}

function words2d(ctx, text, x, y, colour, align) {
  ctx.font = '11px system-ui, sans-serif';
  ctx.textAlign = align;
  ctx.lineWidth = 3;
  ctx.strokeStyle = COLOURS.sea;
  ctx.globalAlpha = 0.8;
  ctx.strokeText(text, x, y);
  ctx.globalAlpha = 1;
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}

function drawZones(ctx, view, named) {
  const lines = [];
  ZONES.forEach((zone, z) => {
    inPlane(ctx, view, () => {
      ctx.lineWidth = 1.2 / view.scale;
      ctx.setLineDash([6 / view.scale, 4 / view.scale]);
      ctx.strokeStyle = COLOURS.zone;
      ctx.stroke(ZONE_PATHS[z]);
    });
    if (!named || !zone.x.length) return;
    ctx.font = '11px system-ui, sans-serif';
    // The name stands at the northernmost point in view, so that it is read where the border is seen.
    let at = -1;
    for (let k = 0; k < zone.x.length; k++) {
      const px = view.px(zone.x[k]), py = view.py(zone.y[k]);
      if (px > 40 && px < view.w - 60 && py > 20 && py < view.h - 20 && (at < 0 || zone.y[k] > zone.y[at])) at = k;
    }
    if (at < 0) return;
    const text = short(zone.name || zone.kind || 'zone', 32), w = ctx.measureText(text).width;
    const x = Math.max(4, Math.min(view.px(zone.x[at]), view.w - w - 6));
    let y = view.py(zone.y[at]) - 5;
    // Names do not stand on each other; where there is no room, the border goes without.
    for (let tries = 0; lines.some(([a, b, c]) => Math.abs(b - y) < 13 && a < x + w && x < a + c); y -= 13) {
      if (++tries > 4) return;
    }
    lines.push([x, y, w]);
    words2d(ctx, text, x, y, COLOURS.zone, 'left');
  });
}

const STEPS = [1 / 6000, 1 / 3000, 1 / 1200, 1 / 600, 1 / 300, 1 / 120, 1 / 60, 1 / 30, 1 / 12, 1 / 6, 1 / 4, 1 / 2,
  1, 2, 5, 10, 15, 30];

function stepFor(degrees) {
  return STEPS.find((step) => step >= degrees) || 45;
}

function degreeMinutes(value, step, positive, negative) {
  const digits = step >= 1 / 60.5 ? 0 : step >= 1 / 601 ? 1 : 2;
  const side = value < -1e-9 ? negative : positive;
  let d = Math.floor(Math.abs(value) + 1e-9), m = (Math.abs(value) - d) * 60;
  if (Number(m.toFixed(digits)) >= 60) { d += 1; m = 0; }
  const minutes = Math.abs(m).toFixed(digits).padStart(digits ? digits + 3 : 2, '0');
  return step >= 1 ? `${d}°${side}` : `${d}°${minutes}′${side}`;
}

function drawGraticule(ctx, view, spacing) {
  ctx.strokeStyle = COLOURS.grid;
  ctx.lineWidth = 0.7;
  const stepX = stepFor(spacing / view.scale);
  const first = Math.ceil((view.planeX(0) + DATA.cut_deg) / stepX), marks = [];
  for (let k = first; k < first + 200; k++) {
    const x = k * stepX - DATA.cut_deg, px = view.px(x);
    if (px > view.w) break;
    marks.push([px, 0, px, view.h, degreeMinutes(longitude(x), stepX, 'E', 'W'), 'lon']);
  }
  const south = Math.max(-85, latitude(view.planeY(view.h))), north = Math.min(89, latitude(view.planeY(0)));
  const stepY = stepFor(spacing / view.scale * Math.cos(latitude(view.y) * Math.PI / 180));
  for (let k = Math.ceil(south / stepY); k * stepY <= north && marks.length < 400; k++) {
    const py = view.py(mercator(k * stepY));
    marks.push([0, py, view.w, py, degreeMinutes(k * stepY, stepY, 'N', 'S'), 'lat']);
  }
  ctx.beginPath();
  for (const [x0, y0, x1, y1] of marks) { ctx.moveTo(x0, y0); ctx.lineTo(x1, y1); }
  ctx.stroke();
  return marks;
}

// Drawn after the traffic, so that it can be read over a crowd.
function drawMarks(ctx, view, marks, left) {
  for (const [x0, y0, , , label, axis] of marks) {
    if (axis === 'lon' && x0 > left + 30 && x0 < view.w - 30) words2d(ctx, label, x0, 13, COLOURS.dim, 'center');
    if (axis === 'lat' && y0 > 24 && y0 < view.h - 34) words2d(ctx, label, 5, y0 - 3, COLOURS.dim, 'left');
  }
}

function drawScale(ctx, view, widest) {
  const metres = view.metres(), most = widest * metres / 1852;
  const base = 10 ** Math.floor(Math.log10(most));
  const nm = [5, 2, 1].map((k) => k * base).find((v) => v <= most) || base;
  const px = nm * 1852 / metres, x = 10, y = view.h - 12;
  const round = Number(nm.toPrecision(2));
  ctx.lineWidth = 4;
  ctx.strokeStyle = COLOURS.sea;
  for (let pass = 0; pass < 2; pass++) {
    ctx.beginPath();
    ctx.moveTo(x, y - 4); ctx.lineTo(x, y); ctx.lineTo(x + px, y); ctx.lineTo(x + px, y - 4);
    ctx.stroke();
    ctx.lineWidth = 1.3;
    ctx.strokeStyle = COLOURS.ink;
  }
  const small = nm < 0.5 ? ` (${Math.round(nm * 1852)} m)` : '';
  words2d(ctx, `${round} nm${small}`, x + px + 6, y + 1, COLOURS.ink, 'left');
}

function drawSymbol(ctx, kind, x, y, r, hollow, strong) {
  const shape = shapeOf(kind), points = outline(shape, r);
  ctx.beginPath();
  points.forEach(([dx, dy], k) => (k ? ctx.lineTo(x + dx, y + dy) : ctx.moveTo(x + dx, y + dy)));
  ctx.closePath();
  ctx.lineWidth = strong ? 5 : 3;
  ctx.strokeStyle = strong ? COLOURS.mark : COLOURS.sea;
  ctx.stroke();
  ctx.fillStyle = hollow ? COLOURS.sea : COLOURS.kind[colourOf(kind)];
  ctx.fill();
  ctx.lineWidth = 1.6;
  ctx.strokeStyle = COLOURS.kind[colourOf(kind)];
  ctx.stroke();
}

// Dashed where more than ten minutes lie between two fixes; broken where the line would cross the whole map.
const GAP_S = 600;

function drawPath(ctx, view, line, from_s, to_s, width) {
  const { x, y, t, start } = PATHS, t0 = DATA.paths.t0_s;
  const solid = new Path2D(), dashed = new Path2D();
  for (let k = start[line] + 1; k < start[line + 1]; k++) {
    const a = t[k - 1] + t0, b = t[k] + t0;
    if (b <= from_s || a >= to_s || Math.abs(x[k] - x[k - 1]) > 180) continue;
    // Only the part of the leg inside the times.
    const f0 = a < from_s ? (from_s - a) / (b - a) : 0, f1 = b > to_s ? (to_s - a) / (b - a) : 1;
    const path = b - a > GAP_S ? dashed : solid, dx = x[k] - x[k - 1], dy = y[k] - y[k - 1];
    path.moveTo(view.px(x[k - 1] + f0 * dx), view.py(y[k - 1] + f0 * dy));
    path.lineTo(view.px(x[k - 1] + f1 * dx), view.py(y[k - 1] + f1 * dy));
  }
  ctx.lineWidth = width;
  ctx.stroke(solid);
  ctx.save();
  ctx.setLineDash([4, 4]);
  ctx.stroke(dashed);
  ctx.restore();
}
