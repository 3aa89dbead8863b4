// Who is signed in, how, and until when; the principal's other sessions; what changed.

import { strengthWords } from '../../core/words.js';
import { fill, h } from '../element.js';
import { ago, badge, button, heading, until, waiting, when } from '../parts.js';
import { changes } from './session/changes.js';
import { others } from './session/others.js';
import { renew } from './session/renew.js';

/** @type {Record<string, string>} */
const METHODS = { password: 'by password', guest: 'as a guest', anonymous: 'without a name', other: 'in another way' };

/** @type {import('../views.js').View} */
export const view = {
  name: 'session',
  title: 'Session',
  isFed: (store) => store.get('session') !== undefined,
  mount(root, context) {
    const { api, store, signOut } = context;
    const facts = h('section', { class: 'panel session-facts', 'aria-labelledby': 'session-you' });
    const rest = others(context);
    fill(root,
      heading('Session', button({ label: 'Sign out', test: 'session-sign-out', kind: 'danger', icon: 'leave', run: signOut })),
      h('div', { class: 'session' }, facts, rest.element, changes(context)));
    let drawn = '';
    const draw = () => {
      const [session, ends] = [store.get('session'), store.get('session/times')?.endsAtMs];
      const now = JSON.stringify([session, ends]);
      if (now === drawn) return;
      drawn = now;
      fill(facts, session ? you(session, ends, context) : waiting());
    };
    const stops = [
      store.watch('session', draw),
      store.watch('session/times', draw),
      rest.close,
    ];
    api.act('session', 'others').catch(() => {});
    return () => { for (const stop of stops) stop(); };
  },
  palette: (context) => [
    { title: 'Renew the session', hint: 'Session', run: () => renew(context) },
    { title: 'End my other sessions', hint: 'Session', run: () => context.go('session') },
  ],
};

/** @param {any} session @param {number | undefined} ends for this browser @param {import('../views.js').Context} context @returns {any} */
function you(session, ends, context) {
  const isShorter = ends !== undefined && ends < session.expiresAtMs;
  return [
    h('div', { class: 'session-head' }, h('span', { class: 'face', 'aria-hidden': 'true' }, [...session.name][0] ?? '?'),
      h('div', { class: 'grow' }, h('h2', { id: 'session-you', 'data-test': 'session-name' }, session.name), h('p', { class: 'quiet' }, `Signed in ${METHODS[session.method] ?? METHODS.other}`)),
      badge(session.kind)),
    h('dl', {},
      h('dt', {}, 'Profile'), h('dd', { 'data-test': 'session-profile' }, session.profile),
      h('dt', {}, 'Proof'), h('dd', {}, strengthWords(session.strength)),
      h('dt', {}, 'Began'), h('dd', {}, when(session.createdAtMs), ' ', h('span', { class: 'quiet' }, '(', ago(session.createdAtMs), ')')),
      h('dt', {}, 'Ends'), h('dd', { 'data-test': 'session-ends' }, when(session.expiresAtMs), ' ', h('span', { class: 'quiet' }, '(', until(session.expiresAtMs), ')')),
      isShorter && [h('dt', {}, 'In this browser'), h('dd', {}, when(ends), ' ', h('span', { class: 'quiet' }, 'at the latest (', until(ends), ')'))]),
    h('div', { class: 'row' },
      button({
        label: 'Renew', test: 'session-renew', kind: 'primary', icon: 'refresh', run: () => { renew(context); },
        disabled: session.renewable ? null : 'There is no password to renew this session by. Sign in again when it is over.',
      })),
  ];
}
