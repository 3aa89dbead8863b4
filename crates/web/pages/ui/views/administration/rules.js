// What people can be given: roles, and the profiles that these allow.

import { fill, h } from '../../element.js';
import { badge, button, confirm, dialog, empty, field, toggle, waiting } from '../../parts.js';
import { line, list } from './list.js';

/** @typedef {import('../../views.js').Context} Context */

/** @type {import('../administration.js').Part} */
export function rules(root, context) {
  const { store, want } = context;
  const roles = list('Roles', (/** @type {any} */ one) => one.name, (one) => role(context, one), 'administration-role-row');
  const profiles = list('Profiles', (/** @type {any} */ one) => one.name, (one) => profile(context, one), 'administration-profile-row');
  const place = h('div', { class: 'stack' }, waiting());
  fill(root, place);
  const shown = h('div', { class: 'stack' },
    h('div', { class: 'toolbar' }, h('h2', { class: 'grow' }, 'Roles'), button({ label: 'Add a role', test: 'administration-role-add', icon: 'plus', run: () => editRole(context) })), roles.element,
    h('div', { class: 'toolbar' }, h('h2', { class: 'grow' }, 'Profiles'), button({ label: 'Add a profile', test: 'administration-profile-add', icon: 'plus', run: () => editProfile(context) })), profiles.element);
  const stops = [want('administration/people'), store.watch('administration/people', (value) => {
    if (!value) return fill(place, waiting());
    if (!place.contains(shown)) fill(place, shown);
    roles.show(value.roles);
    profiles.show(value.profiles);
  })];
  return () => { for (const stop of stops) stop(); };
}

/** @param {Context} context @param {any} one @returns {any} */
function role(context, one) {
  const { api } = context;
  return line([h('strong', {}, one.name), h('span', { class: 'small quiet' }, one.profiles.length > 0 ? one.profiles.join(', ') : 'no profile')], [
    button({ label: 'Edit', test: 'administration-role-edit', key: one.name, kind: 'small', run: () => editRole(context, one) }),
    button({ label: 'Remove', test: 'administration-role-remove', key: one.name, kind: 'small danger', run: () => confirm({
      title: `Remove the role ${one.name}?`, text: 'It is refused while an account has it.', action: 'Remove', test: 'administration-role-remove-confirm',
      run: () => api.once('administration', 'removeRole', { name: one.name, revision: one.revision }),
    }) }),
  ]);
}

/** @param {Context} context @param {any} [one] */
function editRole({ api, store }, one) {
  const all = store.get('administration/people')?.profiles ?? [];
  const name = h('input', { value: one?.name ?? '', autocomplete: 'off', spellcheck: 'false', 'data-test': 'administration-role-name' });
  const boxes = all.map((/** @type {any} */ profile) => ({ name: profile.name, box: h('input', { type: 'checkbox', checked: one?.profiles.includes(profile.name), 'data-test': 'administration-role-profile', 'data-key': profile.name }) }));
  dialog({
    title: one ? `Edit the role ${one.name}` : 'Add a role',
    body: h('div', { class: 'stack' }, !one && field('Name', name),
      h('fieldset', { class: 'field' }, h('legend', {}, 'Profiles that its holders may enter'), boxes.length > 0 ? boxes.map((/** @type {any} */ { name: profile, box }) => h('label', { class: 'row' }, box, profile)) : empty('There are no profiles.')),
      one && h('p', { class: 'hint' }, 'Sessions of a profile that their account may no longer enter end at once.')),
    actions: [{
      label: 'Save', test: 'administration-role-confirm', kind: 'primary',
      run: () => api.once('administration', 'putRole', { name: one?.name ?? name.value.trim(), profiles: boxes.filter((/** @type {any} */ { box }) => box.checked).map((/** @type {any} */ { name: profile }) => profile), revision: one?.revision ?? 0 }),
    }],
  });
}

/** @param {Context} context @param {any} one @returns {any} */
function profile(context, one) {
  const { api } = context;
  return line([h('div', { class: 'row' }, h('strong', {}, one.name), one.retired && badge('retired', 'warn'))], [
    button({ label: 'Open', test: 'administration-profile-edit', key: one.name, kind: 'small', run: async () => editProfile(context, await api.act('administration', 'profile', { name: one.name })) }),
    button({ label: 'Remove', test: 'administration-profile-remove', key: one.name, kind: 'small danger', run: () => confirm({
      title: `Remove the profile ${one.name}?`, text: 'Live sessions of it end at once. It is refused while a role names it.', action: 'Remove', test: 'administration-profile-remove-confirm',
      run: () => api.once('administration', 'removeProfile', { name: one.name, revision: one.revision }),
    }) }),
  ]);
}

/** @param {Context} context @param {any} [one] */
function editProfile({ api }, one) {
  const name = h('input', { autocomplete: 'off', spellcheck: 'false', 'data-test': 'administration-profile-name' });
  const definition = h('textarea', { rows: '16', spellcheck: 'false', class: 'mono', 'data-test': 'administration-definition' });
  definition.value = one ? pretty(one.definition) : '{\n  "grants": []\n}';
  const retired = h('input', { type: 'checkbox', checked: one?.retired, 'data-test': 'administration-retired' });
  dialog({
    title: one ? `The profile ${one.name}` : 'Add a profile', wide: true,
    body: h('div', { class: 'stack' }, !one && field('Name', name), field('What it gives, as JSON', definition, 'The manual’s page profile(5) describes it. Grants that it no longer gives are revoked at once in live sessions; new ones reach them when they are renewed.'),
      one && toggle('Retired: nobody can enter it', retired)),
    actions: [{
      label: 'Save', test: 'administration-profile-confirm', kind: 'primary',
      run: () => api.once('administration', 'putProfile', { name: one?.name ?? name.value.trim(), definition: definition.value, retired: retired.checked, revision: one?.revision ?? 0 }),
    }],
  });
}

/** @param {string} text */
function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}
