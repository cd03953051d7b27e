// One section a finding, filled when it comes near the screen.
const SECTIONS = FINDINGS.map((f) => el('article', { id: f.id, class: `finding ${f.queue}`, 'data-i': f.i }));
const FILLED = new Set();

function heading(text) {
  return el('h4', {}, text);
}

function chip(letter, k) {
  return el('span', { class: `chip m${k % 4}` }, letter);
}

function chipOf(f, track) {
  const k = f.members.findIndex((m) => m.track === track);
  return k < 0 ? (track ? el('span', { class: 'code' }, track) : null) : chip(letterOf(k), k);
}

function membersTable(f) {
  const rows = f.members.map((m, k) => el('tr', {},
    el('td', {}, chip(letterOf(k), k)), el('td', {}, m.name ? bdi(m.name) : el('span', { class: 'dim' }, 'no name heard'),
      el('div', { class: 'code dim' }, m.track)),
    el('td', { class: 'num' }, mmsi(m) || el('span', { class: 'dim' }, 'no MMSI')),
    el('td', {}, m.force ? words(m.force) : ''), el('td', {}, words(m.role || ''))));
  const names = ['', 'Vessel and track', 'MMSI', 'Force', 'Role'];
  const used = names.map((name, k) => name !== 'Force' || f.members.some((m) => m.force));
  const pick = (cells) => cells.filter((_, k) => used[k]);
  rows.forEach((tr) => tr.replaceChildren(...pick([...tr.children])));
  return el('div', { class: 'wide' }, el('table', { class: 'members' },
    el('thead', {}, el('tr', {}, pick(names.map((name) => el('th', {}, name))))), el('tbody', {}, rows)));
}

const TOLD = new Set(['what', 't_event', 'lon_deg', 'lat_deg', 'track', 'source']);

function details(item) {
  return Object.entries(item).filter(([key, value]) => !TOLD.has(key) && value !== null)
    .map(([key, value]) => `${named(key).name} ${valued(key, value)}`).join(', ');
}

function where(item) {
  if (typeof item.lon_deg !== 'number') return null;
  return [el('div', {}, placeDms(item.lon_deg, item.lat_deg)),
    el('div', { class: 'dim' }, placeDecimal(item.lon_deg, item.lat_deg))];
}

function evidenceTable(f) {
  return el('div', { class: 'wide' }, el('table', { class: 'evidence' },
    el('thead', {}, el('tr', {}, ['', 'What', 'Time (UTC)', 'Where', 'Source'].map((name) => el('th', {}, name)))),
    el('tbody', {}, f.evidence.map((item, k) => el('tr', {},
      el('td', { class: 'num' }, String(k + 1)),
      el('td', {}, chipOf(f, item.track), item.track ? ' ' : '', item.what),
      el('td', { class: 'num' }, item.t_event ? fullClock(item.t_event) : ''),
      el('td', { class: 'num' }, where(item)),
      el('td', {}, item.source ? bdi(item.source) : '', details(item) ? el('div', { class: 'dim' }, details(item)) : null))))));
}

function againstList(f) {
  const items = f.counter_evidence || [];
  if (!items.length) return el('p', { class: 'dim' }, 'Nothing was found that speaks against it.');
  return el('ul', { class: 'against' }, items.map((item) => el('li', {},
    chipOf(f, item.track), item.track ? ' ' : '', item.what,
    item.t_event ? ` at ${clock(item.t_event)}` : '',
    item.source || details(item) ? el('span', { class: 'dim' },
      ` (${[item.source, details(item)].filter((x) => x).join('; ')})`) : null)));
}

function handledList(f) {
  const items = f.handling || [];
  if (!items.length) return '';
  return el('ul', { class: 'handled' }, items.map((n) => el('li', {}, words(n.how),
    n.of ? [n.how === 'accounted' ? ' for by ' : ' of ', el('a', { href: `#${encodeURIComponent(n.of)}` }, n.of)] : '',
    n.by ? [' by ', bdi(n.by)] : '', n.at ? ` at ${clock(n.at)}` : '', n.until ? ` until ${clock(n.until)}` : '',
    n.revised_since ? ', changed since' : '', n.reason ? [': ', bdi(n.reason)] : '')));
}

function pairs(list) {
  return el('dl', { class: 'pairs' }, list.filter(([, value]) => value !== '' && value !== null && value !== undefined)
    .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

function inputWords(f) {
  return (f.inputs || []).map((i) => {
    const label = i.label ? (typeof i.label === 'string' ? i.label : JSON.stringify(i.label)) : 'no label';
    return `${i.feed} (${label})`;
  }).join(', ');
}

function finePrint(f) {
  const rule = f.rule || {};
  const label = f.label ? JSON.stringify(f.label) : 'none: not releasable';
  return el('details', { class: 'fine' }, el('summary', {}, 'Rule, inputs, handles'), pairs([
    ['Rule', `${words(rule.name)} version ${rule.version}`],
    ['Parameters', el('span', { class: 'code' }, rule.params_hash || '')],
    ['Score', f.score === null || f.score === undefined ? f.score_basis || 'none' : `${f.score} (${f.score_basis})`],
    ['Inputs', inputWords(f) || 'unknown'],
    ['Label', label],
    ['Redistribution', f.terms && f.terms.redistribute],
    ['Mode', f.mode],
    ['Handle', el('span', { class: 'code' }, f.id)],
    ['Event', el('span', { class: 'code' }, f.event)],
    ['Revision', String(f.rev || 1)],
    ['Recorded', f.t_recorded ? clock(f.t_recorded) : ''],
  ]));
}

function fill(i) {
  if (FILLED.has(i)) return;
  FILLED.add(i);
  const f = FINDINGS[i], [lon, lat] = f.where.coordinates;
  const inset = el('canvas', { class: 'inset', role: 'img', 'aria-label': 'Map of the evidence', title: 'Show on the map' });
  inset.addEventListener('click', () => { select(i, {}); showOnMap(f); });
  const state = [f.status, f.settled ? null : 'not settled', `${f.queue} queue`].filter((x) => x).join(', ');
  SECTIONS[i].replaceChildren(
    el('header', {}, el('h3', {}, symbol(f.kind, f.queue === 'context'), kindWords(f)),
      el('a', { class: 'self', href: `#${encodeURIComponent(f.id)}`, title: 'Link to this finding' }, f.id)),
    el('p', { class: 'why' }, isolated(f.why, f.members.map((m) => m.name))),
    el('p', { class: 'when' }, `${clock(f.t_start)} to ${clock(f.t_end)} UTC, ${lasting(f.end_s - f.start_s)}. `,
      el('span', { class: 'dim' }, state)),
    el('p', { class: 'place' }, placeDms(lon, lat), el('span', { class: 'dim' }, `  ${placeDecimal(lon, lat)}`),
      f.zones.length ? [' in ', f.zones.map((z, k) => [k ? ', ' : '', bdi(z)])] : null),
    handledList(f),
    el('figure', {}, inset, el('figcaption', {}, legend(f))),
    membersTable(f),
    heading('What speaks against it'), againstList(f),
    f.masks && f.masks.length ? pairs([['Masks', f.masks.map((m) => `${words(m.kind)} ${count(m.distance_m)} m (${m.source})`).join(', ')]]) : '',
    heading('Measures'), pairs(Object.entries(f.measures).map(([key, value]) => [named(key).name, valued(key, value)])),
    heading('Evidence'), evidenceTable(f),
    finePrint(f));
  drawInset(inset, f);
}

function legend(f) {
  const { tolerance_m: tolerance } = DATA.paths;
  const fixes = PATHS_OF[f.i].length ? (tolerance > 0 ? `fixes are thinned to ${tolerance} m` : 'every fix is drawn') : 'there are no fixes to draw';
  return `Strong: while it lasted. Pale: before and after. Dashed: more than 10 min between fixes. Numbers: evidence below. In this map ${fixes}.`;
}

// Only drawings near the screen hold pixels: a thousand of them would take a gigabyte.
const NEAR = new Set();

function insetOf(i) {
  return SECTIONS[i].querySelector('canvas.inset');
}

function letGo(i) {
  const inset = insetOf(i);
  if (inset && !NEAR.has(i)) inset.width = inset.height = 0;
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const i = Number(entry.target.dataset.i);
    if (!entry.isIntersecting) {
      NEAR.delete(i);
      if (!root.dataset.print) letGo(i);
      continue;
    }
    NEAR.add(i);
    if (!FILLED.has(i)) fill(i);
    else if (!insetOf(i).width) drawInset(insetOf(i), FINDINGS[i]);
  }
}, { rootMargin: '600px 0px' });
SECTIONS.forEach((section) => watcher.observe(section));

function arrange() {
  document.getElementById('sections').replaceChildren(...SHOWN.map((i) => SECTIONS[i]));
}

function redrawInsets() {
  for (const i of root.dataset.print ? FILLED : NEAR) {
    if (FILLED.has(i) && SECTIONS[i].isConnected) drawInset(insetOf(i), FINDINGS[i]);
  }
}

function select(i, { scroll, keepRow }) {
  const before = STATE.selected;
  STATE.selected = i;
  for (const [k, on] of [[before, false], [i, true]]) {
    if (k < 0) continue;
    SECTIONS[k].classList.toggle('chosen', on);
    const tr = document.querySelector(`tr[data-i="${k}"]`);
    if (tr && on) { tr.setAttribute('aria-current', 'true'); if (!keepRow) tr.scrollIntoView({ block: 'nearest' }); }
    if (tr && !on) tr.removeAttribute('aria-current');
  }
  if (i >= 0) {
    // Those just above fill as well: they would grow into view and push this one down.
    const at = SHOWN.indexOf(i);
    if (scroll) SHOWN.slice(Math.max(0, at - 3), Math.max(0, at)).forEach(fill);
    fill(i);
    if (scroll) SECTIONS[i].scrollIntoView({ block: 'start' });
    bringIntoView(FINDINGS[i]);
  }
  noteState();
  requestDraw();
}

function stepBy(by) {
  if (!SHOWN.length) return;
  const at = SHOWN.indexOf(STATE.selected);
  const next = at < 0 ? (by > 0 ? 0 : SHOWN.length - 1) : Math.min(SHOWN.length - 1, Math.max(0, at + by));
  select(SHOWN[next], { scroll: true });
}
