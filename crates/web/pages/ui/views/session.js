// Who is signed in, how, and until when.

import { fill, h } from '../element.js';

/** @type {import('../views.js').View} */
export const view = {
  name: 'session',
  title: 'Session',
  isFed: () => true,
  mount(root, { store }) {
    return store.watch('session', (session) => {
      if (!session) return fill(root, h('p', {}, 'Nothing is known yet.'));
      fill(root, h('h1', {}, 'Session'), h('dl', {},
        h('dt', {}, 'Signed in as'), h('dd', { 'data-test': 'session-name' }, session.name),
        h('dt', {}, 'Profile'), h('dd', {}, session.profile),
        h('dt', {}, 'Ends'), h('dd', {}, new Date(session.expiresAtMs).toLocaleString())));
    });
  },
};
