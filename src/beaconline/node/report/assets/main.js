// Start: colours, address, keys, print.
const THEMES = ['', 'light', 'dark', 'night'];
const THEME_NAMES = { '': 'auto', light: 'light', dark: 'dark', night: 'night' };

function applyTheme(theme) {
  if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
  readColours();
  document.getElementById('theme').textContent = `Colours: ${THEME_NAMES[STATE.theme]}`;
  requestDraw();
  redrawInsets();
}

function nextTheme() {
  STATE.theme = THEMES[(THEMES.indexOf(STATE.theme) + 1) % THEMES.length];
  applyTheme(STATE.theme);
  noteState();
}

document.getElementById('theme').addEventListener('click', nextTheme);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => applyTheme(STATE.theme));

document.addEventListener('keydown', (event) => {
  const target = event.target, typing = target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
  if (event.key === 'Escape') { if (typing) target.blur(); else select(-1, {}); return; }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key === 'j' || key === 'n') stepBy(1);
  else if (key === 'k' || key === 'p') stepBy(-1);
  else if (key === 't') nextTheme();
  else if (key === '/') document.getElementById('q').focus();
  else if (key === 'enter' && STATE.selected >= 0 && (target === document.body || target === canvas)) showOnMap(FINDINGS[STATE.selected]);
  else return;
  event.preventDefault();
});

// On paper: light colours, every section of what is shown (up to a limit that a printer can bear), fine print open.
const PRINT_MOST = 200;
let openedForPrint = [];

window.addEventListener('beforeprint', () => {
  // Finer drawings on paper, unless there are so many that they fill the memory.
  root.dataset.print = SHOWN.length > 50 ? '1.25' : '2';
  const queue = STATE.queue === 'all' ? 'both queues' : `the ${STATE.queue} queue`;
  document.getElementById('printed').textContent = `Printed: ${count(Math.min(PRINT_MOST, SHOWN.length))} of `
    + `${count(DATA.findings_total)} findings, from ${queue}${STATE.q ? `, with "${STATE.q}"` : ''}.`;
  SHOWN.slice(0, PRINT_MOST).forEach(fill);
  for (const i of SHOWN.slice(PRINT_MOST)) SECTIONS[i].classList.add('unprinted');
  openedForPrint = [...document.querySelectorAll('details:not([open])')];
  for (const node of openedForPrint) node.open = true;
  rowsShown = Math.max(rowsShown, Math.min(SHOWN.length, 2000));
  drawRows();
  applyTheme('light');
  drawMap();
});
window.addEventListener('afterprint', () => {
  delete root.dataset.print;
  for (const node of openedForPrint) node.open = false;
  for (const section of document.querySelectorAll('.unprinted')) section.classList.remove('unprinted');
  applyTheme(STATE.theme);
  FILLED.forEach(letGo);
});

function openAddress() {
  const at = readState();
  applyTheme(STATE.theme);
  refresh();
  if (at) {
    view.y = mercator(at[0]);
    view.x = eastOfCut(at[1]);
    view.scale = 2 ** at[2];
    STATE.at = at.join(',');
    bound();
  }
  if (STATE.selected >= 0) {
    const chosen = STATE.selected;
    STATE.selected = -1;
    select(chosen, { scroll: true });
  }
}

document.getElementById('main').hidden = false;
readColours();
drawRun();
prepare(canvas, view, pixelRatio());
fitAll();
openAddress();
window.addEventListener('hashchange', () => { if (location.hash.slice(1) !== noted) openAddress(); });

let fitted = [view.w, view.h];
new ResizeObserver(() => {
  const box = canvas.getBoundingClientRect();
  if (root.dataset.print || matchMedia('print').matches || !box.width) return;
  // A larger or smaller map shows the same area.
  const ratio = Math.min(box.width / fitted[0], box.height / fitted[1]);
  if (Math.abs(ratio - 1) > 0.002) view.scale *= ratio;
  fitted = [box.width, box.height];
  // At once: until the next frame the old picture would be stretched.
  drawMap();
}).observe(canvas);
window.addEventListener('resize', () => redrawInsets());
root.dataset.ready = '1';
