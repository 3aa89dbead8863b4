// The same person's other sessions.

import { strengthWords } from '../../../core/words.js';
import { fill, h } from '../../element.js';
import { ago, badge, button, confirm, empty, table, until, waiting } from '../../parts.js';

/** @param {import('../../views.js').Context} context @returns {{element: any, close: () => void}} */
export function others({ api, store, announce }) {
  const place = h('div');
  const element = h('section', { class: 'panel', 'aria-labelledby': 'session-others' },
    h('div', { class: 'split' }, h('h2', { id: 'session-others' }, 'My other sessions'),
      button({ label: 'Look again', test: 'session-others-look', kind: 'small', icon: 'refresh', run: () => api.act('session', 'others') })), place);
  const close = store.watch('session/others', (shown) => fill(place, shown ? list(shown.sessions) : waiting()));
  return { element, close };

  /** @param {any[]} sessions */
  function list(sessions) {
    if (sessions.length === 0) return empty('You are signed in nowhere else.');
    return table([
      { title: 'Signed in', cell: (one) => [ago(one.createdAtMs), ' ', badge(one.method)] },
      { title: 'Profile', cell: (one) => one.profile },
      { title: 'Proof', cell: (one) => strengthWords(one.strength) },
      { title: 'Last used', cell: (one) => (one.idleMs < 5000 ? 'just now' : ago(Date.now() - one.idleMs)) },
      { title: 'Ends', cell: (one) => until(one.expiresAtMs) },
      { title: 'What to do', hidden: true, class: 'number', cell: (one) => button({ label: 'End', test: 'session-end', key: one.key, kind: 'small danger', run: () => end(one) }) },
    ], sessions, { label: 'My other sessions', key: (one) => one.key });
  }

  /** @param {any} one */
  async function end(one) {
    const done = await confirm({
      title: 'End that session?', action: 'End it', test: 'session-end-confirm',
      text: ['Whatever runs in it stops at once. It was signed in ', ago(one.createdAtMs), ` with the profile ${one.profile}.`],
      run: () => api.once('session', 'end', { session: one.key }),
    });
    if (done) announce('The other session is ended.');
  }
}
