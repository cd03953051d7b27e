// The evidence map of one finding: members' lines, direction, every fix, numbered evidence. Still; a click shows the
// place on the map.
function drawInset(target, f) {
  const v = new View(), ratio = Number(root.dataset.print) || pixelRatio(), ctx = prepare(target, v, ratio);
  if (!ctx) return;
  const [west, east, south, north] = extentOf(f);
  v.fit(west, south, east, north, Math.min(46, v.h / 5));
  drawLand(ctx, v);
  drawMarks(ctx, v, drawGraticule(ctx, v, 150), 70);
  drawZones(ctx, v, true);
  drawMembers(ctx, v, f, 2);
  for (const { line, member } of PATHS_OF[f.i]) drawFixes(ctx, v, f, line, member);
  drawNumbers(ctx, v, f);
  drawScale(ctx, v, 120);
}

function drawFixes(ctx, v, f, line, member) {
  const { x, y, t, start } = PATHS;
  ctx.fillStyle = ctx.strokeStyle = COLOURS.member[member % COLOURS.member.length];
  let head = -1;
  for (let k = start[line]; k < start[line + 1]; k++) {
    const at = t[k] + DATA.paths.t0_s, inside = at >= f.start_s && at <= f.end_s;
    ctx.globalAlpha = inside ? 1 : 0.45;
    ctx.beginPath();
    ctx.arc(v.px(x[k]), v.py(y[k]), inside ? 1.9 : 1.3, 0, 7);
    ctx.fill();
    if (k > start[line] && Math.hypot(x[k] - x[k - 1], y[k] - y[k - 1]) * v.scale > 5) head = k;
  }
  ctx.globalAlpha = 1;
  if (head < 0) return;
  // One arrow head on the last leg long enough to have a direction, where it lies in view.
  const px = v.px(x[head]), py = v.py(y[head]), a = Math.atan2(py - v.py(y[head - 1]), px - v.px(x[head - 1]));
  ctx.beginPath();
  for (const turn of [0, 2.6, -2.6]) ctx.lineTo(px + 7 * Math.cos(a + turn), py + 7 * Math.sin(a + turn));
  ctx.closePath();
  ctx.fill();
}

function numbersOf(f) {
  const out = [];
  f.evidence.forEach((item, k) => {
    if (typeof item.lon_deg === 'number') {
      out.push({ n: k + 1, x: near(eastOfCut(item.lon_deg), f.x), y: mercator(item.lat_deg), track: item.track });
    }
  });
  return out;
}

// Each number stands beside its place where it covers no other number.
// More numbers than this hide what they point at: then places are marked and not numbered.
const MOST_NUMBERS = 24;

function drawNumbers(ctx, v, f) {
  const taken = [], places = numbersOf(f), few = places.length <= MOST_NUMBERS;
  ctx.font = '600 11px system-ui, sans-serif';
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  for (const p of places) {
    const px = v.px(p.x), py = v.py(p.y);
    let at = [px + 14, py - 14];
    search: for (const r of few ? [17, 28, 40, 54, 70] : []) {
      for (let k = 0; k < 12; k++) {
        const a = (k * 30 - 50) * Math.PI / 180, cx = px + r * Math.cos(a), cy = py + r * Math.sin(a);
        if (cx < 12 || cy < 22 || cx > v.w - 12 || cy > v.h - 26) continue;
        if (taken.every(([x, y]) => Math.hypot(x - cx, y - cy) > 19)
          && places.every((o) => Math.hypot(v.px(o.x) - cx, v.py(o.y) - cy) > 11)) { at = [cx, cy]; break search; }
      }
    }
    taken.push(at);
    const member = f.members.findIndex((m) => m.track === p.track);
    const colour = member < 0 ? COLOURS.ink : COLOURS.member[member % COLOURS.member.length];
    ctx.strokeStyle = colour;
    if (!few) {
      ctx.beginPath(); ctx.arc(px, py, 3, 0, 7); ctx.fillStyle = COLOURS.paper; ctx.fill(); ctx.lineWidth = 1.6; ctx.stroke();
      continue;
    }
    ctx.lineWidth = 1;
    ctx.beginPath(); ctx.moveTo(px, py); ctx.lineTo(at[0], at[1]); ctx.stroke();
    ctx.beginPath(); ctx.arc(px, py, 3.6, 0, 7); ctx.fillStyle = COLOURS.paper; ctx.fill(); ctx.lineWidth = 2; ctx.stroke();
    ctx.beginPath(); ctx.arc(at[0], at[1], 8.5, 0, 7); ctx.fillStyle = colour; ctx.fill();
    ctx.fillStyle = COLOURS.paper;
    ctx.fillText(String(p.n), at[0], at[1] + 0.5);
  }
  ctx.textBaseline = 'alphabetic';
}
