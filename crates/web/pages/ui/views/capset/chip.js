// A capability that a call gave, or that is served here.

import { fill, h } from '../../element.js';
import { ago, badge, button, dialog, field, icon } from '../../parts.js';
import { path } from '../capset.js';

/** @param {import('../capset.js').Given} given @param {any} chip @returns {any} */
export function chipCard(given, chip) {
  return h('article', { class: 'card', 'data-test': 'chip', 'data-key': chip.key },
    h('div', { class: 'split' }, chipLink(chip.key, chip.interface), chip.listens && badge(chip.silent ? 'let go of' : 'listens', chip.silent ? 'warn' : 'good')),
    h('p', { class: 'quiet small' }, 'from ', h('code', {}, chip.from), ', ', ago(chip.atMs), chip.calls > 0 && `, called ${chip.calls} times`),
    h('div', { class: 'row' }, chipActions(given, chip)));
}

/** What can be done with one besides calling it. @param {import('../capset.js').Given} given @param {any} chip @returns {any[]} */
export function chipActions(given, chip) {
  return [
    !chip.listens && button({ label: 'Use as…', test: 'chip-cast', kind: 'small', key: chip.key, run: () => cast(given, chip) }),
    button({ label: 'Release', test: 'chip-release', kind: 'small', key: chip.key, run: () => given.api.act('capset', 'release', { chip: chip.key }) }),
  ];
}

/** @param {string} key @param {string} name its interface @returns {any} */
export function chipLink(key, name) {
  return h('a', { class: 'chip', href: `#/${path(`~${key}`)}`, 'data-test': 'chip-open', 'data-key': key }, icon('key'), name || 'untyped');
}

/** A capability of which it is not known, or not right, what it is. @param {import('../capset.js').Given} given @param {any} chip */
async function cast(given, chip) {
  const { names } = await given.api.act('capset', 'interfaces');
  const input = h('input', { list: 'chip-cast-names', autocomplete: 'off', spellcheck: 'false', 'data-test': 'chip-cast-name', value: chip.interface });
  input.value = chip.interface;
  const known = h('datalist', { id: 'chip-cast-names' });
  fill(known, names.map((/** @type {string} */ name) => h('option', { value: name })));
  dialog({
    title: 'Use as another interface',
    body: h('div', { class: 'stack' },
      h('p', {}, 'Its calls go by the methods of that interface from now on. What serves it refuses those it does not have.'),
      field('Interface', input, 'Its name, or its id in hexadecimal digits.'), known),
    actions: [{ label: 'Use it', kind: 'primary', test: 'chip-cast-use', run: () => given.api.act('capset', 'cast', { chip: chip.key, interface: input.value.trim() }) }],
  });
}
