// What was done in this session: redacted, live, to be filtered and taken along.

import { asLines, chosen } from '../../core/reducers/transcript.js';
import { counted } from '../../core/words.js';
import { each, fill, h } from '../element.js';
import { icon } from '../icons.js';
import { badge, button, empty, heading, moment, waiting } from '../parts.js';

/** Rows that are shown at a time; the export has all that were chosen. */
const PAGE = 500;

/** @type {import('../views.js').View} */
export const view = {
  name: 'transcript',
  title: 'Transcript',
  isFed: (store) => store.get('session') !== undefined,
  mount(root, { store, want, announce }) {
    const query = h('input', { type: 'search', placeholder: 'Filter: an operation, a grant, a code…', 'aria-label': 'Filter', 'data-test': 'transcript-filter', oninput: show });
    const outcome = h('select', { 'aria-label': 'Outcome', 'data-test': 'transcript-outcome', onchange: show },
      h('option', { value: 'all' }, 'All outcomes'), h('option', { value: 'ok' }, 'Done'), h('option', { value: 'refused' }, 'Refused or failed'));
    const count = h('p', { class: 'quiet small', role: 'status', 'data-test': 'transcript-count' });
    const body = h('tbody', { role: 'rowgroup', 'data-test': 'transcript-rows' });
    const draw = each(body, (row) => String(row.number), line);
    const frame = h('div', { class: 'table-frame' }, h('table', { class: 'table folds transcript', role: 'table', 'aria-label': 'What was done' },
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ['When', 'What', 'To what', 'Outcome', 'Took'].map((title) => h('th', { role: 'columnheader', scope: 'col' }, title)))), body));
    const none = h('div');
    const download = button({ label: 'Export', test: 'transcript-export', icon: 'save', run: save });
    fill(root, heading('Transcript', download),
      h('p', { class: 'note redaction', 'data-test': 'transcript-redaction' }, icon('lock'), h('span', {}, h('strong', {}, 'Redacted. '), 'Rows have names, codes and times, and arguments only where they were declared safe: no results, no secrets, no addresses. They end with the session.')),
      h('div', { class: 'row transcript-tools' }, query, outcome, count), h('section', { class: 'panel', 'aria-label': 'Rows' }, frame, none));
    /** @type {import('../../core/reducers/transcript.js').Rows | undefined} */
    let rows;
    const stops = [want('transcript'), store.watch('transcript', (now) => { rows = now; show(); })];
    return () => { for (const stop of stops) stop(); };

    function mine() {
      return chosen(rows?.rows ?? [], query.value, outcome.value);
    }

    function show() {
      const all = mine();
      const last = all.slice(-PAGE).reverse();
      frame.hidden = last.length === 0;
      draw(last);
      fill(none, !rows ? waiting() : last.length === 0 && nothing());
      const of = all.length === rows?.rows.length ? '' : ` of ${rows?.rows.length ?? 0}`;
      fill(count, rows ? `${counted(all.length, 'row')}${of}` : '', all.length > PAGE ? `, the last ${PAGE} shown` : '', rows?.gone ? `; ${counted(rows.gone, 'older one')} made room` : '');
      download.disable(all.length === 0 ? 'There are no rows to export.' : null);
    }

    function nothing() {
      if (!rows?.rows.length) return empty('Nothing has been done yet.');
      return empty('No row answers that.', button({ label: 'Show all', test: 'transcript-all', run: () => { query.value = ''; outcome.value = 'all'; show(); query.focus(); } }));
    }

    function save() {
      const all = mine();
      const url = URL.createObjectURL(new Blob([asLines(all)], { type: 'application/x-ndjson' }));
      const name = `capos-transcript-${new Date().toISOString().slice(0, 19).replace(/:/g, '')}.jsonl`;
      h('a', { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
      announce(`${counted(all.length, 'row')} exported.`);
    }
  },
};

/** @param {import('../../core/reducers/transcript.js').Row} row @returns {any} */
function line(row) {
  const notes = row.notes.map(({ name, value }) => h('span', { class: 'note-of mono small' }, `${name}=${value}`));
  const cells = [
    ['When', h('time', { datetime: new Date(row.atMs).toISOString() }, moment(row.atMs))],
    ['What', row.operation],
    ['To what', [h('span', { class: 'mono' }, row.subject || '–'), notes]],
    ['Outcome', badge(row.outcome === 'ok' ? 'done' : row.outcome, row.outcome === 'ok' ? 'good' : 'bad')],
    ['Took', `${row.durationMs.toLocaleString('en')} ms`],
  ];
  return h('tr', { role: 'row' }, cells.map(([label, cell]) => h('td', { role: 'cell', 'data-label': label }, h('div', { class: 'grow' }, cell))));
}
