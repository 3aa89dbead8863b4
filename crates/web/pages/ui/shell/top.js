// The top of the workspace: search, look, who one is, how long, and the way out.

import { h, fill } from '../element.js';
import { icon } from '../icons.js';
import { button, until } from '../parts.js';
import { themeChoice } from '../themes.js';

/** @param {{store: import('../../core/store.js').Store, search: () => void, signOut: () => Promise<void>}} given @returns {{element: any}} */
export function top({ store, search, signOut }) {
  const find = h('button', { type: 'button', class: 'find', 'data-test': 'palette-open', 'aria-keyshortcuts': 'Control+K', onclick: search },
    icon('search'), h('span', { class: 'find-words cut' }, 'Search or do anything'), h('kbd', {}, 'Ctrl K'));
  const who = h('a', { class: 'who', href: '#/session', 'data-test': 'top-who' });
  const left = h('span', { class: 'left small quiet' });
  const more = h('div', { class: 'top-more', id: 'top-more' }, themeChoice(), left, who,
    button({ label: 'Sign out', test: 'sign-out', kind: 'plain', icon: 'leave', run: signOut }));
  const open = h('button', { type: 'button', class: 'button bare top-open', 'aria-label': 'You and the look', 'aria-expanded': 'false', 'aria-controls': 'top-more', 'data-test': 'top-open', onclick: flip }, icon('session'));
  const element = h('header', { class: 'top', onkeydown: key, onfocusout: moved, onclick: chosen }, find, h('span', { class: 'grow' }), more, open);
  let drawn = '';
  // They live as long as the store does.
  store.watch('session', show);
  store.watch('session/times', show);
  return { element };

  function show() {
    const session = store.get('session');
    const ends = Math.min(session?.expiresAtMs ?? 0, store.get('session/times')?.endsAtMs ?? Infinity);
    const facts = JSON.stringify([session?.name, session?.profile, ends]);
    if (!session || facts === drawn) return;
    drawn = facts;
    fill(who, h('span', { class: 'face', 'aria-hidden': 'true' }, [...session.name][0] ?? '?'), h('span', { class: 'who-words' }, h('span', { class: 'out-of-sight' }, 'Your session: '), h('span', { class: 'cut' }, session.name), h('span', { class: 'quiet small cut' }, session.profile)));
    fill(left, icon('clock'), until(ends, { before: '', behind: ' left', over: 'time is up' }));
  }

  function flip() {
    const is = element.toggleAttribute('data-open');
    open.setAttribute('aria-expanded', String(is));
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.key !== 'Escape' || !element.hasAttribute('data-open')) return;
    flip();
    open.focus();
  }

  /** @param {FocusEvent} event */
  function moved(event) {
    if (element.hasAttribute('data-open') && event.relatedTarget && !element.contains(/** @type {Node} */ (event.relatedTarget))) flip();
  }

  /** @param {Event} event */
  function chosen(event) {
    if (/** @type {Element} */ (event.target).closest('.who') && element.hasAttribute('data-open')) flip();
  }
}
