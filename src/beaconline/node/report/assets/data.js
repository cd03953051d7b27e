// The data block, unpacked. Reads what pack.py wrote: differences as zigzag variable-length integers in base64.
const root = document.documentElement;
window.addEventListener('error', (event) => { root.dataset.error = String(event.message); });
document.addEventListener('securitypolicyviolation', (event) => { root.dataset.violation = event.violatedDirective; });

const DATA = JSON.parse(document.getElementById('data').textContent);
const FINDINGS = DATA.findings;

function unpack(text) {
  const raw = atob(text);
  let n = 0;
  for (let i = 0; i < raw.length; i++) if (raw.charCodeAt(i) < 128) n++;
  const out = new Float64Array(n);
  let value = 0, scale = 1, before = 0, k = 0;
  for (let i = 0; i < raw.length; i++) {
    const byte = raw.charCodeAt(i);
    value += (byte & 127) * scale;
    if (byte >= 128) { scale *= 128; continue; }
    before += value % 2 ? -(value + 1) / 2 : value / 2;
    out[k++] = before;
    value = 0;
    scale = 1;
  }
  return out;
}

// Lines in the plane: x in degrees east of the map's cut, y in Mercator degrees; line i is start[i] .. start[i + 1].
function unpackLines(part) {
  const lengths = unpack(part.lengths), x = unpack(part.x), y = unpack(part.y);
  const start = new Int32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) start[i + 1] = start[i] + lengths[i];
  for (let i = 0; i < x.length; i++) {
    x[i] *= part.unit;
    y[i] = mercator(y[i] * part.unit);
  }
  return { start, x, y, n: lengths.length };
}

const MAX_LAT = 89.5;

function mercator(lat) {
  const clamped = Math.min(MAX_LAT, Math.max(-MAX_LAT, lat));
  return Math.asinh(Math.tan(clamped * Math.PI / 180)) * 180 / Math.PI;
}

function latitude(y) {
  return Math.atan(Math.sinh(y * Math.PI / 180)) * 180 / Math.PI;
}

function eastOfCut(lon) {
  return ((lon - DATA.cut_deg) % 360 + 360) % 360;
}

function longitude(x) {
  return ((x + DATA.cut_deg + 180) % 360 + 360) % 360 - 180;
}

const LAND = unpackLines(DATA.land);
const ZONES = DATA.zones.map((zone) => ({ ...unpackLines(zone), name: zone.name, kind: zone.kind }));
const TRAFFIC = { ...unpackLines(DATA.traffic), t: unpack(DATA.traffic.t), label: unpack(DATA.traffic.label) };
const POSITS = { x: unpack(DATA.posits.x), y: unpack(DATA.posits.y) };
for (let i = 0; i < POSITS.x.length; i++) {
  POSITS.x[i] *= DATA.posits.unit;
  POSITS.y[i] = mercator(POSITS.y[i] * DATA.posits.unit);
}

const PATHS = { ...unpackLines(DATA.paths), t: unpack(DATA.paths.t) };
const PATHS_OF = FINDINGS.map(() => []);
{
  const finding = unpack(DATA.paths.finding), member = unpack(DATA.paths.member);
  for (let i = 0; i < finding.length; i++) PATHS_OF[finding[i]].push({ line: i, member: member[i] });
}

const KINDS = [...new Set(FINDINGS.map((f) => f.kind))].sort();
const INDEX = new Map(FINDINGS.map((f, i) => [f.id, i]));

FINDINGS.forEach((f, i) => {
  const [lon, lat] = f.where.coordinates;
  f.x = eastOfCut(lon);
  f.y = mercator(lat);
  f.i = i;
  f.start_s = Date.parse(f.t_start) / 1000;
  f.end_s = Date.parse(f.t_end) / 1000;
  f.letter = new Map(f.members.map((m, k) => [m.track, letterOf(k)]));
  f.hay = [f.id, f.event, f.kind, f.type, f.why, f.status, ...f.zones,
    ...f.members.flatMap((m) => [m.name, m.mmsi === null ? '' : String(m.mmsi).padStart(9, '0'), m.track, m.force])]
    .join(' ').toLowerCase();
});

function letterOf(k) {
  return k < 26 ? String.fromCharCode(65 + k) : String(k + 1);
}
