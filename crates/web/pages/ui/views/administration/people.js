// Who may sign in.

import { fill, h } from '../../element.js';
import { badge, button, copy, confirm, dialog, empty, field, secret, toggle, waiting } from '../../parts.js';
import { keys } from './keys.js';
import { line, list } from './list.js';

/** @typedef {import('../../views.js').Context} Context */

/** @type {Record<string, [string, '' | 'good' | 'bad' | 'warn']>} */
const STATES = {
  active: ['active', 'good'], disabled: ['disabled', 'bad'], locked: ['locked', 'bad'], recoveryOnly: ['recovery only', 'warn'],
};
const KINDS = ['human', 'operator', 'service', 'guest'];

/** @type {import('../administration.js').Part} */
export function people(root, context) {
  const { store, want } = context;
  const place = h('div', { class: 'stack' }, waiting());
  fill(root, h('div', { class: 'toolbar' }, button({ label: 'Add a person', test: 'administration-add', kind: 'primary', icon: 'plus', run: () => add(context) })), place);
  const all = list('Accounts', (/** @type {any} */ one) => one.name, (one) => account(context, one), 'administration-person');
  const stops = [want('administration/people'), store.watch('administration/people', (value) => {
    if (!value) return fill(place, waiting());
    if (!place.contains(all.element)) fill(place, all.element);
    all.show(value.accounts);
    if (value.accounts.length === 0) fill(place, empty('There are no accounts.'));
    else if (value.more) place.append(h('p', { class: 'quiet' }, 'There are more; `capos admin account list` shows all.'));
  })];
  return () => { for (const stop of stops) stop(); };
}

/** @param {Context} context @param {any} one @returns {any} */
function account(context, one) {
  const [state, kind] = STATES[one.state] ?? [one.state, ''];
  const proof = one.hasPassword ? (one.isOneTime ? 'one-time password' : 'password') : 'no password';
  const isActive = one.state === 'active';
  return line([
    h('div', { class: 'row' }, h('strong', {}, one.displayName || one.name), one.displayName && one.displayName !== one.name && h('span', { class: 'mono quiet' }, one.name), badge(state, kind), one.kind !== 'human' && badge(one.kind)),
    h('div', { class: 'row small quiet' },
      h('span', {}, one.roles.length > 0 ? `Roles: ${one.roles.join(', ')}` : 'No role'),
      h('span', {}, `Profile: ${one.defaultProfile || 'none'}`),
      h('span', {}, one.keys.length > 0 ? `${proof}, ${one.keys.length === 1 ? 'one key' : `${one.keys.length} keys`}` : proof)),
  ], [
    button({ label: 'Edit', test: 'administration-edit', key: one.name, kind: 'small', run: () => edit(context, one) }),
    button({ label: 'Password', test: 'administration-password', key: one.name, kind: 'small', run: () => password(context, one) }),
    button({ label: 'Keys', test: 'administration-keys', key: one.name, kind: 'small', run: () => keys(context, one.name) }),
    button({ label: isActive ? 'Disable' : 'Enable', test: isActive ? 'administration-disable' : 'administration-enable', key: one.name, kind: isActive ? 'small danger' : 'small', run: () => turn(context, one) }),
    button({ label: 'Remove', test: 'administration-remove', key: one.name, kind: 'small danger', run: () => remove(context, one) }),
  ]);
}

/** @param {Context} context @param {any} one @param {any} changes */
function change(context, one, changes) {
  const { name, revision, displayName, kind, state, roles, defaultProfile, recoveryProfile } = one;
  return context.api.once('administration', 'changePerson', { name, revision, displayName, kind, state, roles, defaultProfile, recoveryProfile, ...changes });
}

/** @param {Context} context @param {any} one */
function turn(context, one) {
  if (one.state !== 'active') return change(context, one, { state: 'active' });
  return confirm({
    title: `Disable ${one.name}?`, text: 'The account cannot sign in any more, and its live sessions end at once. It can be enabled again.',
    action: 'Disable', test: 'administration-disable-confirm', run: () => change(context, one, { state: 'disabled' }),
  });
}

/** @param {Context} context @param {any} one */
function remove({ api }, { name, revision }) {
  return confirm({
    title: `Remove ${name}?`, text: 'The account is gone for good, with its password and keys, and its live sessions end at once. To keep it and bar it, disable it.',
    action: 'Remove', test: 'administration-remove-confirm', run: () => api.once('administration', 'removePerson', { name, revision }),
  });
}

/** @param {string} test @param {string[]} names @param {string} chosen @param {string} [none] @returns {any} */
function select(test, names, chosen, none) {
  const all = chosen && !names.includes(chosen) ? [chosen, ...names] : names;
  return h('select', { 'data-test': test }, none !== undefined && h('option', { value: '', selected: !chosen }, none), all.map((name) => h('option', { value: name, selected: name === chosen }, name)));
}

/** @param {any} rules @param {string[]} chosen @returns {{element: any, chosen: () => string[]}} */
function roleChoice(rules, chosen) {
  const boxes = rules.roles.map((/** @type {any} */ { name, profiles }) => ({ name, box: h('input', { type: 'checkbox', checked: chosen.includes(name), 'data-test': 'administration-role', 'data-key': name }), profiles }));
  const element = h('fieldset', { class: 'field' }, h('legend', {}, 'Roles'), boxes.map((/** @type {any} */ { name, box, profiles }) => h('label', { class: 'row' }, box, h('span', {}, name), h('span', { class: 'quiet small' }, profiles.join(', ')))));
  return { element, chosen: () => boxes.filter((/** @type {any} */ { box }) => box.checked).map((/** @type {any} */ { name }) => name) };
}

/** @param {any} rules @returns {string[]} */
function usable(rules) {
  return rules.profiles.filter((/** @type {any} */ { retired }) => !retired).map((/** @type {any} */ { name }) => name);
}

/** @param {Context} context */
function add(context) {
  const rules = context.store.get('administration/people');
  if (!rules) return;
  const name = h('input', { autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', 'data-test': 'administration-name' });
  const display = h('input', { autocomplete: 'off', 'data-test': 'administration-display-name' });
  const roles = roleChoice(rules, rules.roles.some((/** @type {any} */ role) => role.name === 'user') ? ['user'] : []);
  const profile = select('administration-profile', usable(rules), usable(rules).includes('user') ? 'user' : usable(rules)[0] ?? '');
  const once = h('input', { type: 'checkbox', checked: true, 'data-test': 'administration-one-time' });
  dialog({
    title: 'Add a person',
    body: h('div', { class: 'stack' },
      field('Name', name, 'By which they sign in: small letters, figures, dots, dashes.'), field('How to address them', display), roles.element, field('Profile', profile, 'What they get by themselves; one that their roles allow.'),
      oneTime(once)),
    actions: [{
      label: 'Add', test: 'administration-add-confirm', kind: 'primary',
      run: async () => {
        const given = { name: name.value.trim(), displayName: display.value.trim() || name.value.trim(), roles: roles.chosen(), defaultProfile: profile.value, oneTime: once.checked };
        made(given.name, await context.api.once('administration', 'addPerson', given));
      },
    }],
  });
}

/** @param {any} once @returns {any} */
function oneTime(once) {
  return h('div', { class: 'field' }, toggle('One-time password', once), h('div', { class: 'hint' }, 'Good for 24 hours, from the node’s own machine, and only to set a new one. Turned off, it is an ordinary password.'));
}

/** Shows a password, this once. @param {string} name @param {{password: string, isOneTime: boolean}} made */
function made(name, { password: text, isOneTime }) {
  dialog({
    title: `A password for ${name}`, cancel: 'Done',
    body: h('div', { class: 'stack' },
      h('p', { class: 'row' }, h('code', { class: 'administration-secret', 'data-test': 'administration-made' }, text), copy(text, 'administration-made-copy')),
      h('p', { class: 'note' }, isOneTime ? 'It is shown this once. It is good for 24 hours, from the node’s own machine, and only to set a new one.' : 'It is shown this once. Hand it over in a safe way, and have it changed.')),
  });
}

/** @param {Context} context @param {any} one */
function edit(context, one) {
  const rules = context.store.get('administration/people');
  const display = h('input', { value: one.displayName, autocomplete: 'off', 'data-test': 'administration-display-name' });
  const kind = select('administration-kind', KINDS, one.kind);
  const state = select('administration-state', Object.keys(STATES), one.state);
  const roles = roleChoice(rules, one.roles);
  const profile = select('administration-profile', usable(rules), one.defaultProfile);
  const recovery = select('administration-recovery', usable(rules), one.recoveryProfile, 'none');
  dialog({
    title: `Edit ${one.name}`,
    body: h('div', { class: 'stack' }, field('How to address them', display), field('Kind', kind), field('State', state, 'An account that is no longer active loses its live sessions at once.'),
      roles.element, field('Profile', profile), field('Recovery profile', recovery, 'The one profile that it has while it is “recovery only”.')),
    actions: [{
      label: 'Save', test: 'administration-edit-confirm', kind: 'primary',
      run: () => change(context, one, { displayName: display.value, kind: kind.value, state: state.value, roles: roles.chosen(), defaultProfile: profile.value, recoveryProfile: recovery.value }),
    }],
  });
}

/** @param {Context} context @param {any} one */
function password({ api }, { name }) {
  const own = secret({ autocomplete: 'new-password', 'data-test': 'administration-own' });
  const once = h('input', { type: 'checkbox', checked: true, 'data-test': 'administration-one-time' });
  dialog({
    title: `A new password for ${name}`,
    body: h('div', { class: 'stack' }, field('Password', own.root, 'Leave it empty to have one made.'), oneTime(once)),
    actions: [{
      label: 'Set', test: 'administration-password-confirm', kind: 'primary',
      run: async () => {
        if (own.input.value) return void await api.once('administration', 'setPassword', { name, password: own.input.value, oneTime: once.checked });
        made(name, await api.once('administration', 'resetPassword', { name, oneTime: once.checked }));
      },
    }],
  });
}
