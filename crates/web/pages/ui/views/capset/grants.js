// The table of grants, and the capabilities that calls gave.

import { fill, h } from '../../element.js';
import { badge, button, confirm, empty, field, heading, icon, table, until } from '../../parts.js';
import { chipCard } from './chip.js';
import { path } from '../capset.js';
import { spans } from './doc.js';

/** What may be done with a grant, in words. @type {Record<string, string>} */
const TRANSFERS = {
  session: 'stays with this session', delegable: 'may be passed on, narrowed', local: 'listed to explain; cannot be had',
};

let searched = '';

/** @param {HTMLElement} root @param {import('../capset.js').Given} given @returns {() => void} */
export function grants(root, given) {
  const { store } = given;
  const search = h('input', {
    type: 'search', placeholder: 'A name, an interface, a method, a word of the documentation…', 'aria-label': 'Search the grants', 'data-test': 'capset-search', value: searched,
    oninput: () => { searched = search.value; show(); },
  });
  search.value = searched;
  const list = h('div', { 'data-test': 'capset-grants' });
  const chips = h('div', { hidden: true });
  fill(root, heading('CapSet'),
    h('p', { class: 'quiet capset-lead' }, 'Everything that this session was granted. A grant opens into a form for each of its methods.'),
    h('div', { class: 'stack' }, chips, h('section', { class: 'panel stack', 'aria-label': 'Grants' }, field('Search', search), list)));
  const stops = [store.watch('capset', show), store.watch('capset/calls', show), store.watch('capset/chips', showChips)];
  return () => { for (const stop of stops) stop(); };

  function show() {
    const all = store.get('capset')?.grants ?? [];
    const counts = new Map((store.get('capset/calls')?.counts ?? []).map((/** @type {any} */ one) => [one.grant, one.calls]));
    const found = all.filter((/** @type {any} */ grant) => fits(grant, searched));
    if (all.length === 0) return fill(list, empty('Nothing is granted to this session.'));
    if (found.length === 0) return fill(list, empty('No grant fits that.', button({ label: 'Show all', test: 'capset-search-clear', run: clear })));
    fill(list, table([
      { title: 'Name', cell: name },
      { title: 'Interface', cell: (grant) => h('div', {}, h('code', {}, grant.interface), grant.doc && h('p', { class: 'quiet small' }, spans(grant.doc))) },
      { title: 'Lease', cell: (grant) => (grant.leaseExpiresAtMs ? until(grant.leaseExpiresAtMs, { over: 'over' }) : h('span', { class: 'quiet capset-lease' }, 'with the session')) },
      { title: 'Passing on', cell: (grant) => h('span', { title: TRANSFERS[grant.transfer] }, badge(grant.transfer, grant.local ? 'warn' : ''), h('span', { class: 'out-of-sight' }, TRANSFERS[grant.transfer])) },
      { title: 'Calls', class: 'number', cell: (grant) => String(counts.get(grant.name) ?? 0) },
    ], found, { label: 'Grants', key: (/** @type {any} */ grant) => grant.name, test: 'capset-grant' }));
  }

  function clear() {
    searched = '';
    search.value = '';
    show();
    search.focus();
  }

  function showChips() {
    const held = store.get('capset/chips')?.chips ?? [];
    chips.hidden = held.length === 0;
    if (held.length === 0) return fill(chips);
    fill(chips, h('section', { class: 'panel stack', 'aria-label': 'Capabilities that calls gave' },
      h('div', { class: 'split' }, h('h2', {}, 'What calls gave'),
        button({ label: 'Release all', test: 'chips-release-all', kind: 'small', run: releaseAll })),
      h('div', { class: 'cards' }, held.map((/** @type {any} */ chip) => chipCard(given, chip)))));
  }

  async function releaseAll() {
    await confirm({
      title: 'Release all of them?', text: 'Whatever was done with them stays done; they stop working here.', action: 'Release all', test: 'chips-release-all-confirm',
      run: () => given.api.act('capset', 'release', {}),
    });
  }
}

/** @param {any} grant */
function name(grant) {
  return h('a', { href: `#/${path(grant.name)}`, class: 'capset-name', 'data-test': 'capset-open', 'data-key': grant.name }, icon('key'), grant.name);
}

/** @param {any} grant @param {string} words */
export function fits(grant, words) {
  const text = [grant.name, grant.interface, grant.doc, ...grant.methods].join(' ').toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
