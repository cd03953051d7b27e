// What was read, what became of it, and with which parameters.
function table(rows, head) {
  return el('div', { class: 'wide' }, el('table', {},
    head ? el('thead', {}, el('tr', {}, head.map((name) => el('th', {}, name)))) : null,
    el('tbody', {}, rows.map((cells) => el('tr', {}, cells.map((cell) => el('td', {
      class: typeof cell === 'number' ? 'num' : null }, typeof cell === 'number' ? count(cell) : cell)))))));
}

function balance(total, parts, summary) {
  const known = parts.map((name) => (name === 'rejects' ? (summary.rejects || {}).total : summary[name]));
  if (!Number.isFinite(summary[total]) || known.some((n) => !Number.isFinite(n))) return null;
  const sum = known.reduce((a, b) => a + b, 0);
  return el('p', { class: 'sum' }, `${words(total)} ${count(summary[total])} = `,
    parts.map((name, k) => `${k ? ' + ' : ''}${words(name)} ${count(known[k])}`),
    sum === summary[total] ? '' : el('strong', {}, ` (these add up to ${count(sum)})`));
}

function ledger(s) {
  const out = [];
  if (s.rows_in) out.push(balance('rows_in', ['reports', 'without_position', 'duplicates', 'rejects'], s));
  if (s.nmea) {
    const both = { ...s.nmea, reports: s.reports, duplicates: s.duplicates, rejects: s.rejects };
    out.push(balance('lines', ['not_ais', 'line_rejects', 'orphan_fragments', 'messages', 'fragments_merged'], both));
    if (!s.rows_in) {
      out.push(balance('messages', ['messages_without_position', 'messages_rejected', 'reports', 'duplicates'], both));
    }
  }
  // With tables and NMEA in one run, reports and duplicates are of both: the parts stand beside each other.
  if (s.rows_in && s.nmea) out[0] = el('p', { class: 'sum' }, `rows in ${count(s.rows_in)}, reports of all inputs ${count(s.reports)}`);
  return out;
}

function inputRows(inputs) {
  const keys = [...new Set(inputs.flatMap((i) => Object.keys(i)))].filter((k) => inputs.some((i) => typeof i[k] !== 'object'));
  return table(inputs.map((i) => keys.map((k) => (i[k] === null || i[k] === undefined || typeof i[k] === 'object' ? ''
    : typeof i[k] === 'number' ? i[k] : bdi(String(i[k]))))), keys.map(words));
}

function parameterRows(params) {
  const rows = [];
  for (const [kind, values] of Object.entries(params || {})) {
    for (const [key, value] of Object.entries(values && typeof values === 'object' ? values : { value: values })) {
      rows.push([words(kind), named(key).name, valued(key, value)]);
    }
  }
  return rows;
}

function drawRun() {
  const s = DATA.summary, reasons = Object.entries((s.rejects || {}).by_reason || {}).sort((a, b) => b[1] - a[1]);
  const parameters = parameterRows(s.params);
  const seconds = Object.entries(s.seconds || {}).map(([k, v]) => `${words(k)} ${v} s`).join(', ');
  const kinds = Object.entries(FINDINGS.reduce((all, f) => {
    const one = all[f.kind] || (all[f.kind] = { default: 0, context: 0 });
    one[f.queue] += 1;
    return all;
  }, {})).sort();
  const heard = [['Version', s.version], ['Mode', DATA.mode], ['As of', s.as_of ? clock(s.as_of) : ''],
    ['Reports looked at', Number.isFinite(s.selected) ? count(s.selected) : ''],
    ['Without identity', s.anonymous ? count(s.anonymous) : ''], ['Time taken', seconds]];
  document.getElementById('run').replaceChildren(
    el('h2', {}, 'This run'), pairs(heard), ...ledger(s).filter((x) => x),
    kinds.length ? [heading('Findings'), table(kinds.map(([kind, n]) => [words(kind), n.default, n.context]),
      ['Kind', 'Default queue', 'Context'])] : '',
    ...(s.inputs && s.inputs.length ? [heading('Inputs'), inputRows(s.inputs)] : []),
    heading('Rejected'), reasons.length ? table(reasons.map(([reason, n]) => [words(reason), n]), ['Reason', 'Rows or lines'])
      : el('p', { class: 'dim' }, 'No line or row was rejected.'),
    ...(parameters.length ? [heading('Parameters'), table(parameters, ['Kind', 'Parameter', 'Value'])] : []),
    heading('Keys'), el('p', { class: 'keys' }, 'J and K or N and P: next and previous finding. Enter: show it on the map. /: search. ',
      'On the map: arrows (Shift for more) move, + and - zoom, 0 shows everything. T: colours. '
      + 'Printing prints what the filter shows, 200 findings at most. The address of this page holds filter, order, finding and view.'));
  document.getElementById('honest').replaceChildren(...honesty());
}

function honesty() {
  const { traffic: t, posits: p, paths, land } = DATA;
  const out = [];
  if (t.fixes) {
    out.push(t.fixes_drawn === t.fixes ? `Traffic: every one of ${count(t.fixes)} fixes of ${count(t.tracks)} tracks is drawn. `
      : `Traffic: ${count(t.fixes_drawn)} of ${count(t.fixes)} fixes drawn, ${count(t.tracks_drawn)} of ${count(t.tracks)} tracks; `
        + `each fix left out lies within ${count(t.tolerance_m)} m of its drawn line. `);
    out.push('No line is drawn over a silence of more than 2 h (for sparse tracks up to 6 h). ');
  }
  if (p.posits) {
    out.push(`Posits without identity: ${count(p.posits_drawn)} of ${count(p.posits)} dots drawn`
      + `${p.cell_deg ? `, one for each ${p.cell_deg}°` : p.posits_drawn < p.posits ? ', equal places once' : ''}. `);
  }
  if (paths.fixes) {
    out.push(paths.fixes_drawn === paths.fixes ? 'Vessels in findings: every fix drawn. '
      : `Vessels in findings: ${count(paths.fixes_drawn)} of ${count(paths.fixes)} fixes drawn, to within ${count(paths.tolerance_m)} m. `);
  }
  if (DATA.findings_total > FINDINGS.length) {
    out.push(el('strong', {}, `${count(DATA.findings_total - FINDINGS.length)} findings do not fit in this page; findings.jsonl holds all. `));
  }
  out.push(`Mercator to ${MAX_LAT}° of latitude. Land: Natural Earth 1:10 m, simplified to ${land.tolerance_deg.toFixed(4)}°; a shore can be off by 1 km; no borders.`);
  return out;
}
