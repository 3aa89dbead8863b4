// Who is signed in, and everything that they hold.

import { fill, h } from '../../element.js';
import { ago, badge, button, confirm, empty, field, until, waiting } from '../../parts.js';
import { line, list, reason } from './list.js';

/** @typedef {import('../../views.js').Context} Context */

/** @type {Record<string, string>} */
const PLACES = { here: 'on the node’s own machine', elsewhere: 'elsewhere' };

/** @type {import('../administration.js').Part} */
export function sessions(root, context, [key]) {
  return key ? held(root, context, key) : live(root, context);
}

/** @param {HTMLElement} root @param {Context} context */
function live(root, context) {
  const { store, want } = context;
  const place = h('div', { class: 'stack' }, waiting());
  fill(root, place);
  const all = list('Live sessions', (/** @type {any} */ one) => one.key, (one) => session(context, one), 'administration-session');
  const stops = [want('administration/sessions'), store.watch('administration/sessions', (value) => {
    if (!value) return fill(place, waiting());
    if (!place.contains(all.element)) fill(place, all.element);
    all.show(value.sessions);
    if (value.more) place.append(h('p', { class: 'quiet' }, 'There are more; `capos admin session list` shows all.'));
  })];
  return () => { for (const stop of stops) stop(); };
}

/** @param {any} one @returns {any} */
function facts(one) {
  return [
    h('div', { class: 'row' }, h('strong', {}, one.name || 'somebody'), one.account && one.account !== one.name && h('span', { class: 'mono quiet' }, one.account), badge(one.profile), one.own && badge('this session', 'good'), !one.tls && one.place === 'elsewhere' && badge('not encrypted', 'bad')),
    h('div', { class: 'row small quiet' }, h('span', {}, `${one.method}, ${PLACES[one.place]}`), h('span', {}, 'began ', ago(one.createdAtMs)), h('span', {}, 'used ', ago(one.usedAtMs)), h('span', {}, 'ends ', until(one.expiresAtMs))),
  ];
}

/** @param {Context} context @param {any} one @returns {any} */
function session(context, one) {
  return line(facts(one), [
    button({ label: 'What it holds', test: 'administration-held', key: one.key, kind: 'small', run: () => context.go(`administration/sessions/${one.key}`) }),
    button({ label: 'End', test: 'administration-end', key: one.key, kind: 'small danger', run: () => end(context, one) }),
    one.account && button({ label: 'End all of this account', test: 'administration-end-account', key: one.key, kind: 'small danger', run: () => endAll(context, one) }),
  ]);
}

/** @param {string} text @param {any} why @returns {any} */
function asked(text, why) {
  return h('span', { class: 'stack' }, text, field('Why', why, 'For the audit journal. The person is told that an administrator ended the session.'));
}

/** @param {Context} context @param {any} one */
function end({ api }, one) {
  const why = reason();
  const text = one.own ? 'This is the session that you are in: you are signed out at once.' : 'Everything that it holds stops working at once, and what runs for it ends.';
  return confirm({ title: `End the session of ${one.name || 'somebody'}?`, text: asked(text, why), action: 'End', test: 'administration-end-confirm', run: () => api.once('administration', 'endSession', { session: one.key, reason: why.value }) });
}

/** @param {Context} context @param {any} one */
function endAll({ api, announce }, one) {
  const why = reason();
  const text = one.own ? 'All sessions of the account end at once, this one too: you are signed out.' : 'All sessions of the account end at once.';
  return confirm({
    title: `End all sessions of ${one.account}?`, text: asked(text, why), action: 'End all', test: 'administration-end-account-confirm',
    run: async () => {
      const { ended } = await api.once('administration', 'endAccount', { account: one.account, reason: why.value });
      announce(ended === 1 ? 'One session has ended.' : `${ended} sessions have ended.`);
    },
  });
}

/** @param {HTMLElement} root @param {Context} context @param {string} key */
function held(root, context, key) {
  const { store, want, go } = context;
  const about = h('div', { class: 'grow stack tight' });
  const place = h('div', { class: 'stack' }, waiting());
  fill(root, h('div', { class: 'administration-line' }, about, button({ label: 'All sessions', test: 'administration-back', icon: 'back', run: () => go('administration/sessions') })), place);
  const all = list('Grants', (/** @type {any} */ one) => one.name, (one) => grant(context, key, one), 'administration-grant');
  let was = false;
  const stops = [want('administration/sessions'), want(`administration/held/${key}`),
    store.watch('administration/sessions', (value) => {
      const one = value?.sessions.find((/** @type {any} */ each) => each.key === key);
      if (one) fill(about, facts(one));
      else if (value) over();
    }),
    store.watch(`administration/held/${key}`, (value) => {
      if (!value) return was ? over() : undefined;
      was = true;
      if (!place.contains(all.element)) fill(place, all.element);
      all.show(value.grants);
      if (value.grants.length === 0) fill(place, empty('It holds nothing.'));
    })];
  return () => { for (const stop of stops) stop(); };

  function over() {
    fill(about, h('strong', {}, 'This session is over.'));
    fill(place, empty('Nothing of it is left.'));
  }
}

/** @param {Context} context @param {string} session @param {any} one @returns {any} */
function grant(context, session, one) {
  const depths = new Map();
  for (const { key, parent } of one.references) depths.set(key, parent ? (depths.get(parent) ?? 0) + 1 : 0);
  return [
    line([
      h('div', { class: 'row' }, h('strong', {}, one.name), h('span', { class: 'mono small quiet' }, one.interface), one.ended ? badge(one.ended, 'bad') : badge('live', 'good'), one.callsInFlight > 0 && badge(`${one.callsInFlight} under way`)),
      h('div', { class: 'row small quiet' }, h('span', {}, one.origin), h('span', {}, `may be passed on: ${one.transfer}`), h('span', {}, one.calls === 1 ? 'one call' : `${one.calls} calls`), one.leaseExpiresAtMs > 0 && h('span', {}, 'lease ends ', until(one.leaseExpiresAtMs))),
    ], button({ label: 'Revoke', test: 'administration-revoke', key: one.name, kind: 'small danger', disabled: one.ended ? 'It has ended.' : null, run: () => revoke(context, 'revokeGrant', { session, grant: one.name }, `Revoke ${one.name}?`, 'It stops working at once, with everything that was reached through it, for as long as the session lasts. Other grants go on.') })),
    one.references.length > 0 && h('ul', { class: 'administration-references', 'aria-label': `Held through ${one.name}` }, one.references.map((/** @type {any} */ held) => reference(context, one, held, depths.get(held.key) ?? 0))),
    one.more && h('p', { class: 'quiet small' }, 'It holds more than are shown; revoking the grant takes all.'),
  ];
}

/** @param {Context} context @param {any} grant @param {any} held @param {number} depth @returns {any} */
function reference(context, grant, held, depth) {
  const what = held.callback ? 'an object of the client’s' : held.via ? `from ${held.via}` : 'the granted object';
  const element = h('li', { class: 'administration-line' }, h('span', { class: 'grow' }, what), held.cut ? badge('cut off', 'bad') : button({
    label: 'Cut off', test: 'administration-cut', key: held.key, kind: 'small danger',
    run: () => revoke(context, 'revokeReference', { reference: held.key }, 'Cut this off?', `${what[0].toUpperCase()}${what.slice(1)}, held through ${grant.name}, and everything that was reached through it, stops working at once.`),
  }));
  element.style.setProperty('--depth', String(Math.min(depth, 6)));
  return element;
}

/** @param {Context} context @param {string} command @param {any} given @param {string} title @param {string} text */
function revoke({ api }, command, given, title, text) {
  const why = reason();
  return confirm({ title, text: h('span', { class: 'stack' }, text, field('Why', why, 'For the audit journal.')), action: 'Take it away', test: 'administration-revoke-confirm', run: () => api.once('administration', command, { ...given, reason: why.value }) });
}
