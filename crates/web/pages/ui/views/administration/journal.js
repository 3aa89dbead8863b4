// The audit journal: as it is written, back to its beginning, checked, and as a file.

import { found, joined } from '../../../core/reducers/administration.js';
import { each, fill, h } from '../../element.js';
import { badge, button, empty, problem, waiting, when } from '../../parts.js';

/** @typedef {import('../../views.js').Context} Context */

/** @type {import('../administration.js').Part} */
export function journal(root, context) {
  const { api, store, want } = context;
  /** @type {any[]} */
  let older = [];
  const query = h('input', { type: 'search', placeholder: 'Filter', 'aria-label': 'Filter the rows', 'data-test': 'journal-filter', oninput: () => show() });
  const verdict = h('div', { role: 'status' });
  const rows = h('ol', { class: 'administration-journal', 'aria-label': 'Rows, the newest first' });
  const draw = each(rows, (/** @type {any} */ row) => String(row.sequence), entry);
  const place = h('div', {}, waiting());
  const more = button({ label: 'Older rows', test: 'journal-older', run: back });
  fill(root,
    h('div', { class: 'toolbar' }, h('div', { class: 'grow' }, query),
      button({ label: 'Verify the chain', test: 'journal-verify', icon: 'check', run: verify }),
      button({ label: 'Export', test: 'journal-export', icon: 'save', run: save })),
    verdict, h('section', { class: 'panel' }, place, rows, more));
  const stops = [want('administration/journal'), store.watch('administration/journal', () => show())];
  return () => { for (const stop of stops) stop(); };

  function all() {
    return joined(older, store.get('administration/journal')?.rows ?? []);
  }

  function show() {
    const is = store.get('administration/journal') !== undefined;
    const chosen = is ? found(all(), query.value) : [];
    draw(chosen);
    const refused = store.get('administration/journal')?.problem;
    fill(place, !is ? waiting() : refused ? problem(refused) : chosen.length === 0 && empty(query.value ? 'No row that is shown here has these words.' : 'There are no rows yet.'));
    const first = all()[0]?.sequence ?? 1;
    more.disable(!is || first > 1 ? null : 'These are all rows there are.');
  }

  async function back() {
    const first = all()[0]?.sequence;
    if (!first || first <= 1) return;
    const { rows: before } = await api.act('administration', 'olderRows', { before: first });
    older = [...before, ...older];
    show();
  }

  async function verify() {
    fill(verdict, waiting('The whole journal is being read…'));
    try {
      const { rows: count, sound, faults } = await api.act('administration', 'verify');
      fill(verdict, sound
        ? h('p', { class: 'note', 'data-test': 'journal-verdict' }, badge('sound', 'good'), ` ${count} rows were read, and each fits the one before.`)
        : h('div', { class: 'problem', role: 'alert', 'data-test': 'journal-verdict' }, h('strong', {}, 'The journal is not as it was written.'), h('ul', {}, faults.map((/** @type {string} */ fault) => h('li', {}, fault))), h('span', {}, 'Keep it as it is, and compare it with a checkpoint that was kept elsewhere.')));
    } catch (error) {
      fill(verdict);
      throw error;
    }
  }

  async function save() {
    const { key } = await api.act('administration', 'export');
    const file = await (await api.request(`/api/download/${key}`)).blob();
    const url = URL.createObjectURL(file);
    h('a', { href: url, download: 'audit.jsonl' }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    fill(verdict, h('p', { class: 'note', 'data-test': 'journal-saved' }, 'Saved as it is shown here. The whole journal, with where people came from and with its hashes, is for `capos audit export`.'));
  }
}

/** @param {any} row @returns {any} */
function entry(row) {
  return h('li', { 'data-test': 'journal-row', 'data-key': String(row.sequence) },
    h('span', { class: 'quiet small' }, when(row.atMs)), h('strong', { class: 'mono' }, row.kind),
    h('span', { class: 'row' }, row.facts.map((/** @type {any} */ { name, value }) => h('span', { class: 'small' }, h('span', { class: 'quiet' }, `${name} `), value)),
      row.withheld > 0 && h('span', { class: 'small quiet', title: 'Where somebody came from, and handles of sessions, stay on the node.' }, `${row.withheld} not shown`)));
}
