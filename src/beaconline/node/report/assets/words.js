// Numbers, times and places as words; elements whose text is only ever text.
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === 'on') for (const [name, call] of Object.entries(value)) node.addEventListener(name, call);
    else node.setAttribute(key, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

function bdi(text) {
  return el('bdi', {}, text);
}

// A sentence in which each member's name is isolated, so that a right-to-left name cannot reorder the rest.
function isolated(sentence, names) {
  const parts = [];
  let rest = sentence;
  const known = [...new Set(names.filter((n) => n))].sort((a, b) => b.length - a.length);
  while (rest) {
    let at = -1, found = '';
    for (const name of known) {
      const k = rest.indexOf(name);
      if (k >= 0 && (at < 0 || k < at)) { at = k; found = name; }
    }
    if (at < 0) break;
    if (at > 0) parts.push(rest.slice(0, at));
    parts.push(bdi(found));
    rest = rest.slice(at + found.length);
  }
  if (rest) parts.push(rest);
  return parts;
}

function words(key) {
  return String(key).replace(/_/g, ' ');
}

function count(n) {
  return n === null || n === undefined ? '?' : typeof n === 'number' ? n.toLocaleString('en-GB') : String(n);
}

// To the second; evidence shows what there is beyond it.
function clock(text) {
  return text ? text.slice(0, 19).replace('T', ' ') : '?';
}

function fullClock(text) {
  return text.replace('T', ' ').replace(text.includes('.') ? /0*Z$/ : 'Z', '');
}

function clockOf(seconds) {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

function lasting(seconds) {
  if (!Number.isFinite(seconds)) return '?';
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min${s % 60 ? ` ${s % 60} s` : ''}`;
  const h = Math.floor(s / 3600), min = String(Math.floor(s % 3600 / 60)).padStart(2, '0');
  return h < 48 ? `${h} h ${min} min` : `${Math.floor(h / 24)} d ${h % 24} h ${min} min`;
}

function dms(degrees, positive, negative) {
  const tenths = Math.round(Math.abs(degrees) * 36000);
  const d = Math.floor(tenths / 36000), m = Math.floor(tenths % 36000 / 600), s = tenths % 600 / 10;
  const side = degrees < 0 && tenths ? negative : positive;
  return `${d}°${String(m).padStart(2, '0')}′${s.toFixed(1).padStart(4, '0')}″${side}`;
}

function placeDms(lon, lat) {
  return `${dms(lat, 'N', 'S')} ${dms(lon, 'E', 'W')}`;
}

function placeDecimal(lon, lat) {
  return `${lat.toFixed(5)} ${lon.toFixed(5)}`;
}

const UNITS = [
  ['_deg_true', '° true'], ['_deg', '°'], ['_percent', ' %'], ['_share', ''], ['_nm', ' nm'], ['_km', ' km'],
  ['_kn', ' kn'], ['_m', ' m'], ['_s', ' s'], ['_h', ' h'],
];

// "median_speed_kn_0" -> name "median speed", of member A, unit kn.
function named(key) {
  const match = /^(.*?)_(\d{1,2})$/.exec(key);
  const member = match ? letterOf(Number(match[2])) : '';
  const whole = match ? match[1] : key;
  const unit = UNITS.find(([suffix]) => whole.endsWith(suffix));
  const name = words(unit ? whole.slice(0, -unit[0].length) : whole);
  return { name: member ? `${name}, ${member}` : name, suffix: unit ? unit[0] : '', unit: unit ? unit[1] : '' };
}

function valued(key, value) {
  if (value === null) return 'unknown';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'number') return String(value);
  const { suffix, unit } = named(key);
  const plain = value.toLocaleString('en-GB', { maximumFractionDigits: 3 });
  if (suffix === '_s' && Math.abs(value) >= 60) return `${lasting(value)} (${plain} s)`;
  if (suffix === '_m' && Math.abs(value) >= 1852) return `${plain} m (${(value / 1852).toFixed(1)} nm)`;
  return plain + unit;
}

function mmsi(member) {
  return member.mmsi === null || member.mmsi === undefined ? '' : String(member.mmsi).padStart(9, '0');
}

function memberName(member) {
  return member.name || (mmsi(member) ? `MMSI ${mmsi(member)}` : member.track);
}

// Whole characters only: half of a pair would be a character of its own.
function short(text, most) {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : text;
}
