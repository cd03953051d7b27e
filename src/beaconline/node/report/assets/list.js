// The table of findings: filter, sort, and what of it stands in the address (#f_...&kind=...&queue=...&q=...&sort=...).
const STATE = { kinds: new Set(), queue: 'default', q: '', sort: 'time', down: false, selected: -1, theme: '' };
let SHOWN = [];
const CHUNK = 300;
let rowsShown = CHUNK;

const COLUMNS = [
  { key: 'kind', name: 'Kind', by: (f) => `${f.kind} ${f.type}` },
  { key: 'time', name: 'From (UTC)', by: (f) => f.start_s },
  { key: 'duration', name: 'Lasting', by: (f) => f.end_s - f.start_s },
  { key: 'members', name: 'Vessels', by: (f) => f.members.map(memberName).join(' ').toLowerCase() },
  { key: 'place', name: 'Where', by: (f) => -f.where.coordinates[1] },
  { key: 'against', name: 'Against', by: (f) => (f.counter_evidence || []).length },
  { key: 'score', name: 'Score', by: (f) => (f.score === null || f.score === undefined ? -1 : f.score) },
  { key: 'queue', name: 'Queue', by: (f) => (f.queue === 'default' ? 0 : 1) },
];
const SCORED = FINDINGS.some((f) => f.score !== null && f.score !== undefined);
const USED = COLUMNS.filter((c) => c.key !== 'score' || SCORED);

function matches(f) {
  if (STATE.queue !== 'all' && f.queue !== STATE.queue) return false;
  if (STATE.kinds.size && !STATE.kinds.has(f.kind)) return false;
  return !STATE.q || STATE.q.toLowerCase().split(/\s+/).every((word) => f.hay.includes(word));
}

function compare(a, b) {
  const { by } = COLUMNS.find((c) => c.key === STATE.sort) || COLUMNS[1];
  const x = by(FINDINGS[a]), y = by(FINDINGS[b]);
  const order = x < y ? -1 : x > y ? 1 : 0;
  return (STATE.down ? -order : order) || a - b;
}

function refresh() {
  SHOWN = FINDINGS.map((_, i) => i).filter((i) => matches(FINDINGS[i])).sort(compare);
  rowsShown = Math.max(CHUNK, SHOWN.indexOf(STATE.selected) + 1);
  drawHead();
  drawRows();
  drawFilter();
  arrange();
  noteState();
  requestDraw();
}

function drawHead() {
  document.getElementById('head').replaceChildren(...USED.map((c) => {
    const active = STATE.sort === c.key, order = active ? (STATE.down ? 'descending' : 'ascending') : 'none';
    const button = el('button', { type: 'button', on: { click: () => sortBy(c.key) } }, c.name,
      el('span', { class: 'order', 'aria-hidden': 'true' }, active ? (STATE.down ? ' ▼' : ' ▲') : ''));
    return el('th', { scope: 'col', 'aria-sort': order, class: `c-${c.key}` }, button);
  }));
}

function sortBy(key) {
  STATE.down = STATE.sort === key ? !STATE.down : false;
  STATE.sort = key;
  refresh();
  const focus = document.querySelector(`th.c-${CSS.escape(key)} button`);
  if (focus) focus.focus();
}

function row(i) {
  const f = FINDINGS[i], [lon, lat] = f.where.coordinates, against = (f.counter_evidence || []).length;
  // Tracks of one ship are one line.
  const ships = new Map();
  for (const m of f.members) {
    const key = `${memberName(m)} ${mmsi(m)}`;
    ships.set(key, { m, n: (ships.get(key) || { n: 0 }).n + 1 });
  }
  const vessels = [...ships.values()].slice(0, 3).map(({ m, n }) => el('div', { title: memberName(m).length > 40 ? memberName(m) : null },
    bdi(short(memberName(m), 40)), n > 1 ? el('span', { class: 'dim' }, ` ${n} tracks`) : null,
    m.force ? el('span', { class: 'force' }, words(m.force)) : null));
  if (ships.size > 3) vessels.push(el('div', { class: 'dim' }, `and ${ships.size - 3} more`));
  const cells = {
    kind: [symbol(f.kind, f.queue === 'context'), el('a', { href: `#${encodeURIComponent(f.id)}` }, words(f.kind)),
      f.type ? el('div', { class: 'dim' }, words(f.type)) : null],
    time: [el('span', { class: 'day' }, f.t_start.slice(0, 10)), ' ', el('span', {}, f.t_start.slice(11, 19))],
    duration: [lasting(f.end_s - f.start_s), f.status === 'open' ? el('span', { class: 'open' }, ' open') : null],
    members: vessels,
    place: [el('div', {}, dms(lat, 'N', 'S')), el('div', {}, dms(lon, 'E', 'W'))],
    against: [against ? String(against) : el('span', { class: 'dim' }, '0')],
    score: [f.score === null || f.score === undefined ? '' : f.score.toFixed(2)],
    queue: [f.queue],
  };
  return el('tr', {
    'data-i': i, class: f.queue, 'aria-current': i === STATE.selected ? 'true' : null,
    on: { click: (event) => { event.preventDefault(); select(i, { scroll: true, keepRow: true }); } },
  }, USED.map((c) => el('td', { class: `c-${c.key}` }, cells[c.key])));
}

function drawRows() {
  document.getElementById('body').replaceChildren(...SHOWN.slice(0, rowsShown).map(row));
  const more = document.getElementById('more'), rest = SHOWN.length - rowsShown;
  more.hidden = rest <= 0;
  more.textContent = `Show ${Math.min(CHUNK, rest)} more of ${count(rest)}`;
  const none = document.getElementById('none');
  none.hidden = SHOWN.length > 0;
  none.textContent = FINDINGS.length ? 'No finding matches the filter.' : 'No findings in this run.';
}

document.getElementById('more').addEventListener('click', () => { rowsShown += CHUNK; drawRows(); });

function drawFilter() {
  const inQueue = FINDINGS.filter((f) => STATE.queue === 'all' || f.queue === STATE.queue);
  document.getElementById('kinds').replaceChildren(...KINDS.map((kind) => el('button', {
    type: 'button', class: 'kind', 'aria-pressed': STATE.kinds.has(kind) ? 'true' : 'false', 'data-kind': kind,
    on: { click: () => { if (!STATE.kinds.delete(kind)) STATE.kinds.add(kind); refresh(); refocus(kind); } },
  }, symbol(kind), words(kind), el('span', { class: 'n' }, count(inQueue.filter((f) => f.kind === kind).length)))));
  document.getElementById('queue').value = STATE.queue;
  const q = document.getElementById('q');
  if (q.value !== STATE.q) q.value = STATE.q;
  document.getElementById('sort').value = (STATE.down ? '-' : '') + STATE.sort;
  document.getElementById('shown').textContent = `${count(SHOWN.length)} of ${count(DATA.findings_total)}`;
  root.dataset.shown = SHOWN.length;
}

function refocus(kind) {
  for (const button of document.querySelectorAll('#kinds button')) if (button.dataset.kind === kind) button.focus();
}

document.getElementById('sort').replaceChildren(...USED.flatMap((c) => [
  el('option', { value: c.key }, `${c.name} ▲`), el('option', { value: `-${c.key}` }, `${c.name} ▼`)]));
document.getElementById('sort').addEventListener('change', (event) => { readSort(event.target.value); refresh(); });
document.getElementById('queue').addEventListener('change', (event) => { STATE.queue = event.target.value; refresh(); });
document.getElementById('q').addEventListener('input', (event) => { STATE.q = event.target.value; refresh(); });
document.getElementById('filter').addEventListener('submit', (event) => event.preventDefault());

function readSort(text) {
  STATE.down = text.startsWith('-');
  const key = text.replace(/^-/, '');
  STATE.sort = USED.some((c) => c.key === key) ? key : 'time';
}

const START_QUEUE = FINDINGS.some((f) => f.queue === 'default') ? 'default' : 'all';

// The address holds what was chosen; a plain #f_... opens that finding, whatever the filter.
function readState() {
  const asked = new Map();
  let id = '';
  for (const part of location.hash.slice(1).split('&')) {
    const at = part.indexOf('=');
    try {
      if (at < 0) id = decodeURIComponent(part);
      else asked.set(part.slice(0, at), decodeURIComponent(part.slice(at + 1)));
    } catch { /* a broken escape in an address names nothing */ }
  }
  STATE.kinds = new Set((asked.get('kind') || '').split(',').filter((kind) => KINDS.includes(kind)));
  STATE.queue = ['default', 'context', 'all'].includes(asked.get('queue')) ? asked.get('queue') : START_QUEUE;
  STATE.q = asked.get('q') || '';
  readSort(asked.get('sort') || 'time');
  STATE.theme = ['light', 'dark', 'night'].includes(asked.get('theme')) ? asked.get('theme') : '';
  STATE.selected = INDEX.has(id) ? INDEX.get(id) : -1;
  const chosen = FINDINGS[STATE.selected];
  if (chosen && !matches(chosen)) {
    STATE.kinds.clear();
    STATE.q = '';
    STATE.queue = 'all';
  }
  const at = (asked.get('at') || '').split(',').map(Number);
  return at.length === 3 && at.every(Number.isFinite) ? at : null;
}

let noted = '';

function noteState() {
  const parts = [], chosen = FINDINGS[STATE.selected];
  if (chosen) parts.push(encodeURIComponent(chosen.id));
  if (STATE.kinds.size) parts.push(`kind=${[...STATE.kinds].map(encodeURIComponent).join(',')}`);
  if (STATE.queue !== START_QUEUE) parts.push(`queue=${STATE.queue}`);
  if (STATE.q) parts.push(`q=${encodeURIComponent(STATE.q)}`);
  if (STATE.sort !== 'time' || STATE.down) parts.push(`sort=${STATE.down ? '-' : ''}${STATE.sort}`);
  if (STATE.theme) parts.push(`theme=${STATE.theme}`);
  if (STATE.at) parts.push(`at=${STATE.at}`);
  noted = parts.join('&');
  if (location.hash.slice(1) === noted) return;
  try {
    history.replaceState(null, '', `#${noted}`);
  } catch { /* some viewers of local files refuse; the page works without */ }
}

let noteTimer = 0;

function noteView() {
  clearTimeout(noteTimer);
  noteTimer = setTimeout(() => {
    STATE.at = `${latitude(view.y).toFixed(5)},${longitude(view.x).toFixed(5)},${Math.log2(view.scale).toFixed(2)}`;
    noteState();
  }, 300);
}
