// The map: drag, pinch, wheel and keys; hover tells what is there; a click selects a finding.
const canvas = document.getElementById('map');
const tip = document.getElementById('tip');
const readout = document.getElementById('readout');
const view = new View();
const density = new Density();
let wanted = false, cursor = null, hovered = null;

const MOST = { west: Math.min(LAND_BOX.west, 0), east: Math.max(LAND_BOX.east, 360), south: mercator(-MAX_LAT), north: mercator(MAX_LAT) };

function requestDraw() {
  if (wanted) return;
  wanted = true;
  requestAnimationFrame(() => { wanted = false; drawMap(); });
}

function fitAll() {
  const [west, south, east, north] = DATA.view;
  view.fit(west, mercator(south), east, mercator(north), 10);
  requestDraw();
}

// From the whole plane to 20 cm a pixel.
function bound() {
  const least = Math.min(view.w / (MOST.east - MOST.west), view.h / (LAND_BOX.north - LAND_BOX.south)) * 0.8;
  view.scale = Math.min(560000, Math.max(least, view.scale));
  view.x = Math.min(MOST.east, Math.max(MOST.west, view.x));
  view.y = Math.min(MOST.north, Math.max(MOST.south, view.y));
}

function zoomAt(px, py, factor) {
  const x = view.planeX(px), y = view.planeY(py);
  view.scale *= factor;
  bound();
  view.x = x - (px - view.w / 2) / view.scale;
  view.y = y + (py - view.h / 2) / view.scale;
  bound();
  requestDraw();
}

function pan(dx, dy) {
  view.x -= dx / view.scale;
  view.y += dy / view.scale;
  bound();
  requestDraw();
}

// What a finding covers: its place, its evidence, its members while it lasted; at least 0.15 nm.
function extentOf(f) {
  let west = f.x, east = f.x, south = f.y, north = f.y;
  const take = (x, y) => {
    west = Math.min(west, x); east = Math.max(east, x);
    south = Math.min(south, y); north = Math.max(north, y);
  };
  for (const item of [...f.evidence, ...(f.counter_evidence || [])]) {
    if (typeof item.lon_deg === 'number') take(near(eastOfCut(item.lon_deg), f.x), mercator(item.lat_deg));
  }
  for (const { line } of PATHS_OF[f.i]) {
    for (let k = PATHS.start[line]; k < PATHS.start[line + 1]; k++) {
      const t = PATHS.t[k] + DATA.paths.t0_s;
      if (t >= f.start_s && t <= f.end_s && Math.abs(PATHS.x[k] - f.x) < 180) take(PATHS.x[k], PATHS.y[k]);
    }
  }
  const least = 0.15 / 60 / Math.max(0.02, Math.cos(latitude(f.y) * Math.PI / 180));
  const grow = (lo, hi) => (hi - lo < least ? [(lo + hi - least) / 2, (lo + hi + least) / 2] : [lo, hi]);
  return [...grow(west, east), ...grow(south, north)];
}

function near(x, other) {
  return x - other > 180 ? x - 360 : other - x > 180 ? x + 360 : x;
}

function showOnMap(f) {
  const [west, east, south, north] = extentOf(f);
  view.fit(west, south, east, north, Math.min(view.w, view.h) / 4);
  bound();
  requestDraw();
}

function bringIntoView(f) {
  const px = view.px(f.x), py = view.py(f.y);
  if (px < 20 || py < 20 || px > view.w - 20 || py > view.h - 40) {
    view.x = f.x;
    view.y = f.y;
  }
  requestDraw();
}

function visibleFindings() {
  const out = [];
  for (const i of SHOWN) {
    const f = FINDINGS[i], px = view.px(f.x), py = view.py(f.y);
    if (px > -20 && py > -20 && px < view.w + 20 && py < view.h + 20) out.push(f);
  }
  return out;
}

function drawMembers(ctx, v, f, width) {
  for (const { line, member } of PATHS_OF[f.i]) {
    ctx.strokeStyle = COLOURS.member[member % COLOURS.member.length];
    ctx.globalAlpha = 0.45;
    drawPath(ctx, v, line, -Infinity, Infinity, 1);
    ctx.globalAlpha = 1;
    drawPath(ctx, v, line, f.start_s, f.end_s, width);
  }
}

const MOST_PATHS = 1500;

function drawMap() {
  const ratio = pixelRatio(), ctx = prepare(canvas, view, ratio);
  if (!ctx) return;
  const begun = performance.now();
  drawLand(ctx, view);
  const marks = drawGraticule(ctx, view, view.w < 500 ? 90 : 130);
  density.draw(ctx, view, ratio, rgb(COLOURS.traffic));
  drawMarks(ctx, view, marks, 62);
  drawZones(ctx, view, true);
  drawLandBox(ctx, view);
  const shown = visibleFindings(), chosen = FINDINGS[STATE.selected];
  shown.slice(0, MOST_PATHS).forEach((f) => {
    if (f === chosen) return;
    ctx.strokeStyle = COLOURS.kind[colourOf(f.kind)];
    for (const { line } of PATHS_OF[f.i]) drawPath(ctx, view, line, f.start_s, f.end_s, 1.4);
  });
  if (chosen) drawMembers(ctx, view, chosen, 2.4);
  const r = shown.length > 400 ? 4 : 5.5;
  for (const first of [true, false]) {
    for (const f of shown) {
      if ((f.queue === 'context') === first && f !== chosen) drawSymbol(ctx, f.kind, view.px(f.x), view.py(f.y), r, first);
    }
  }
  if (chosen) drawSymbol(ctx, chosen.kind, view.px(chosen.x), view.py(chosen.y), r + 2, chosen.queue === 'context', true);
  drawScale(ctx, view, Math.min(160, view.w / 4));
  root.dataset.frameMs = (performance.now() - begun).toFixed(1);
  drawReadout();
}

function drawReadout() {
  const at = cursor || [view.w / 2, view.h / 2];
  const lon = longitude(view.planeX(at[0])), lat = latitude(view.planeY(at[1]));
  readout.textContent = `${cursor ? '' : 'middle '}${placeDms(lon, lat)}  ${placeDecimal(lon, lat)}`;
}

function findingAt(px, py, reach) {
  let best = reach * reach, found = null;
  for (const f of visibleFindings()) {
    const d = (view.px(f.x) - px) ** 2 + (view.py(f.y) - py) ** 2;
    if (d < best) { best = d; found = f; }
  }
  return found;
}

function tellAt(px, py, reach) {
  const f = findingAt(px, py, reach + 6);
  hovered = f;
  canvas.classList.toggle('pointing', Boolean(f));
  const track = f ? null : trackAt(view, px, py, reach);
  if (!f && !track) { tip.hidden = true; return; }
  if (f) {
    tip.replaceChildren(
      el('strong', {}, symbol(f.kind, f.queue === 'context'), kindWords(f)),
      ...f.members.slice(0, 4).map((m) => el('div', {}, bdi(short(memberName(m), 60)))),
      el('div', { class: 'dim' }, `${clock(f.t_start)}, ${lasting(f.end_s - f.start_s)}`));
  } else {
    tip.replaceChildren(el('div', {}, bdi(short(track.label, 60))), el('div', { class: 'dim' }, `near ${clockOf(track.t)}`));
  }
  tip.hidden = false;
  const w = tip.offsetWidth, h = tip.offsetHeight;
  tip.style.left = `${Math.max(4, px + 14 + w > view.w ? px - w - 12 : px + 14)}px`;
  tip.style.top = `${Math.max(4, py + 14 + h > view.h ? py - h - 12 : py + 14)}px`;
}

function kindWords(f) {
  return f.type ? `${words(f.kind)}, ${words(f.type)}` : words(f.kind);
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

const held = new Map();
let moved = 0;

canvas.addEventListener('pointerdown', (event) => {
  canvas.setPointerCapture(event.pointerId);
  held.set(event.pointerId, place(event));
  if (held.size === 1) moved = 0;
  tip.hidden = true;
});

canvas.addEventListener('pointermove', (event) => {
  const at = place(event), before = held.get(event.pointerId);
  cursor = at;
  if (!before) {
    if (!wanted) requestAnimationFrame(() => { if (!held.size && cursor) { drawReadout(); tellAt(cursor[0], cursor[1], 6); } });
    return;
  }
  if (held.size === 2) {
    const other = [...held.entries()].find(([id]) => id !== event.pointerId)[1];
    const was = Math.hypot(before[0] - other[0], before[1] - other[1]), is = Math.hypot(at[0] - other[0], at[1] - other[1]);
    pan((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
    if (was > 4 && is > 4) zoomAt((at[0] + other[0]) / 2, (at[1] + other[1]) / 2, is / was);
    moved = 99;
  } else {
    moved += Math.hypot(at[0] - before[0], at[1] - before[1]);
    if (moved > 3) pan(at[0] - before[0], at[1] - before[1]);
  }
  held.set(event.pointerId, at);
});

function release(event) {
  const was = held.delete(event.pointerId);
  if (!was || moved > 3 || event.type === 'pointercancel') { if (was) noteView(); return; }
  const [px, py] = place(event), reach = event.pointerType === 'touch' ? 16 : 8;
  const f = findingAt(px, py, reach + 6);
  if (f) select(f.i, { scroll: true });
  else tellAt(px, py, reach);
}
canvas.addEventListener('pointerup', release);
canvas.addEventListener('pointercancel', release);
canvas.addEventListener('pointerleave', (event) => {
  if (event.pointerType === 'mouse') { cursor = null; hovered = null; tip.hidden = true; drawReadout(); }
});
canvas.addEventListener('dblclick', (event) => { const [px, py] = place(event); zoomAt(px, py, 2); noteView(); });
canvas.addEventListener('wheel', (event) => {
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 16 : 1;
  const [px, py] = place(event);
  zoomAt(px, py, Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) * (event.ctrlKey ? 0.01 : 0.002)));
  tip.hidden = true;
  noteView();
}, { passive: false });

canvas.addEventListener('keydown', (event) => {
  const step = event.shiftKey ? 200 : 60;
  const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
  if (moves[event.key]) pan(...moves[event.key]);
  else if (event.key === '+' || event.key === '=') zoomAt(view.w / 2, view.h / 2, 1.5);
  else if (event.key === '-' || event.key === '_') zoomAt(view.w / 2, view.h / 2, 1 / 1.5);
  else if (event.key === '0') fitAll();
  else return;
  event.preventDefault();
  noteView();
});
document.getElementById('zoom-in').addEventListener('click', () => { zoomAt(view.w / 2, view.h / 2, 1.6); noteView(); });
document.getElementById('zoom-out').addEventListener('click', () => { zoomAt(view.w / 2, view.h / 2, 1 / 1.6); noteView(); });
document.getElementById('fit').addEventListener('click', () => { fitAll(); noteView(); });
