// The card of a grant that comes from no service of the list.

import { h } from '../../element.js';
import { badge, until } from '../../parts.js';

/** @param {import('../../../core/services.js').GrantCard} card @returns {any} */
export function grantCard({ grant }) {
  return h('article', { class: 'card', 'data-test': 'grant', 'data-key': grant.name, 'aria-label': grant.name },
    h('div', { class: 'split' }, h('h2', {}, grant.name), badge('granted', 'good')),
    h('p', {}, grant.summary || 'A capability that this session was granted.'),
    h('p', { class: 'quiet small' }, h('span', { class: 'mono' }, grant.interface), grant.expiresAtMs && [' · lease ', until(grant.expiresAtMs)]),
    h('div', { class: 'row' }, h('a', { class: 'button', href: `#/${grant.opens}`, 'data-test': 'grant-open', 'data-key': grant.name }, 'Open')));
}
