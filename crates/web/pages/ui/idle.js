// A session that nobody uses is ended by the server. Whoever is at the page is asked before.

import { remaining } from '../core/idle.js';
import { h } from './element.js';
import { dialog, until } from './parts.js';

/** How long before its end somebody is asked, in milliseconds; less where the whole is short. */
const NOTICE = 120000;

/**
 * Sees to it that using the page counts as using the session.
 * @param {{api: import('../core/api.js').Api, store: import('../core/store.js').Store, told: () => void, signOut: () => void}} given
 * @returns {{used: () => void, close: () => void}}
 */
export function idleWatch({ api, store, told, signOut }) {
  let touched = Date.now();
  /** @type {{close: () => void} | null} */
  let asking = null;
  const touch = () => { touched = Date.now(); };
  const events = ['pointerdown', 'keydown', 'wheel'];
  for (const name of events) window.addEventListener(name, touch, { passive: true });
  const timer = setInterval(look, 1000);
  return { used, close };

  function used() {
    api.asked = Date.now();
    asking?.close();
  }

  async function stay() {
    await api.act('session', 'stay');
    told();
  }

  function look() {
    const idle = store.get('session')?.idleMs;
    if (!idle) return;
    const { left, send, ask } = remaining({ now: Date.now(), idle, asked: api.asked, touched, notice: NOTICE });
    if (send) stay().catch(() => {});
    else if (ask && !asking) {
      asking = dialog({
        title: 'Are you still there?',
        body: h('p', {}, 'Nothing has been done here for a while. You are signed out ', until(Date.now() + left), '.'),
        cancel: false,
        actions: [{ label: 'Sign out', test: 'idle-sign-out', kind: 'plain', run: signOut }, { label: 'Stay signed in', test: 'idle-stay', kind: 'primary', run: stay }],
        closed: () => { asking = null; },
      });
    } else if (!ask && asking) asking.close();
  }

  function close() {
    clearInterval(timer);
    for (const name of events) window.removeEventListener(name, touch);
    asking?.close();
  }
}
