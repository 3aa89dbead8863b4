// Probes: each asks for what must be refused.

import { milliseconds } from '../../../core/latency.js';
import { fill, h } from '../../element.js';
import { badge, button } from '../../parts.js';

/** @type {{which: string, title: string, about: string}[]} */
const PROBES = [
  { which: 'wrongInterface', title: 'Wrong interface', about: 'Takes a grant as another interface than it was granted as. Name and interface have to match.' },
  { which: 'unknownCapability', title: 'Unknown capability', about: 'Asks for a name that nothing has. Nothing but its absence may be told.' },
  { which: 'staleCall', title: 'Stale call', about: 'Calls a capability that is over: one whose grant has ended, where there is one, else a sign-in that was given up.' },
];

/** @param {import('../../views.js').Context} context @returns {any} */
export function probes(context) {
  const all = PROBES.map((probe) => card(context, probe));
  const run = async () => { for (const one of all) await one.run(); };
  return [h('p', { class: 'quiet' }, 'Each asks the node for something that it must refuse, and shows its answer. None changes anything there.'),
    h('div', { class: 'cards' }, all.map(({ element }) => element)), h('div', { class: 'row' }, button({ label: 'Run all', test: 'probe-all', kind: 'primary', run }))];
}

/** @param {import('../../views.js').Context} context @param {{which: string, title: string, about: string}} probe */
function card({ api, announce }, { which, title, about }) {
  const outcome = h('div', { role: 'status', 'data-test': 'probe-outcome', 'data-key': which });
  const element = h('article', { class: 'card' }, h('h3', {}, title), h('p', { class: 'quiet small' }, about), outcome,
    h('div', { class: 'row' }, button({ label: 'Try it', test: 'probe', key: which, kind: 'small', run })));
  return { element, run };

  async function run() {
    const told = await api.act('diagnostics', 'probe', { which });
    fill(outcome, h('div', { class: 'stack tight' },
      h('div', { class: 'row' }, told.holds ? badge('as it should be', 'good') : badge('not as it should be', 'bad'), h('span', { class: 'quiet small' }, milliseconds(told.tookMs))),
      h('p', { class: 'small' }, told.tried),
      h('dl', { class: 'small diagnostics-outcome' }, h('dt', {}, 'Expected'), h('dd', {}, told.expected), h('dt', {}, 'Came'), h('dd', {}, h('code', {}, told.code), ' ', told.came))));
    announce(`${title}: ${told.holds ? 'as it should be' : 'not as it should be'}.`);
  }
}
