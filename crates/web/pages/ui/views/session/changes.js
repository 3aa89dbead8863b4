// What changed in the session from one press to the next.

import { strengthWords } from '../../../core/words.js';
import { sentence } from '../../../core/advice.js';
import { fill, h } from '../../element.js';
import { badge, button, moment, when } from '../../parts.js';

/** @type {Record<string, string>} */
const FACTS = { session: 'The session itself', principal: 'Who that is', kind: 'Kind', name: 'Name', strength: 'Proof', begun: 'Began', ends: 'Ends', profile: 'Profile' };

/** @param {import('../../views.js').Context} context @returns {any} */
export function changes({ api, announce }) {
  const place = h('div', { 'data-test': 'session-diff' });
  const tell = () => fill(place, h('p', { class: 'quiet' }, 'The first press remembers how things are. Each one after it tells what has changed since the one before.'));
  tell();
  return h('section', { class: 'panel', 'aria-labelledby': 'session-changes' },
    h('div', { class: 'split' }, h('h2', { id: 'session-changes' }, 'What has changed'),
      button({ label: 'Refresh and show diff', test: 'session-refresh', kind: 'small', icon: 'refresh', run: refresh })), place);

  async function refresh() {
    const diff = await api.act('session', 'refresh');
    const lines = [
      ...diff.added.map((/** @type {any} */ grant) => line('+', 'good', [h('strong', {}, grant.name), ' was granted ', terms(grant)])),
      ...diff.removed.map((/** @type {any} */ grant) => line('−', 'bad', [h('strong', {}, grant.name), ' is gone'])),
      ...diff.changed.map((/** @type {any} */ { before, after }) => line('~', 'warn', [h('strong', {}, after.name), ' is on other terms: ', terms(before), ' → ', terms(after)])),
      ...diff.facts.map(fact),
    ];
    const summary = diff.baseline ? 'This is what later changes are compared with.' : sentence(diff.summary);
    announce(summary);
    fill(place, h('p', {}, summary, ' ', h('span', { class: 'quiet small' }, when(Date.now()))), lines.length > 0 && h('ul', { class: 'diff' }, lines));
  }
}

/** @param {string} sign @param {string} kind @param {any} words @returns {any} */
function line(sign, kind, words) {
  return h('li', { class: 'diff-line' }, h('span', { class: `mono ${kind}`, 'aria-hidden': 'true' }, sign), h('span', {}, words));
}

/** @param {any} grant @returns {any} */
function terms({ transfer, leaseExpiresAtMs }) {
  return badge(leaseExpiresAtMs ? `${transfer}, until ${moment(leaseExpiresAtMs)}` : transfer);
}

/** @param {any} change @returns {any} */
function fact({ name, before, after, isTime }) {
  const shown = (/** @type {string} */ value) => (isTime ? moment(Number(value)) : name === 'strength' ? strengthWords(value) : value);
  const values = before === null ? ' is another one' : [': ', shown(before), ' → ', shown(after)];
  return line('~', 'warn', [h('strong', {}, FACTS[name] ?? name), values]);
}
