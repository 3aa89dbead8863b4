// A session that nobody uses is ended by the server. Whoever is at the page is asked before.

import { idleness } from '../core/idle.js';
import { h } from './element.js';
import { dialog, until } from './parts.js';

/**
 * Sees to it that using the page counts as using the session.
 * @param {{api: import('../core/api.js').Api, store: import('../core/store.js').Store, signOut: () => Promise<void>}} given
 * @returns {() => void} ends it
 */
export function idleWatch({ api, store, signOut }) {
  let touched = Date.now();
  /** How long a session may be idle: the longest that was seen. */
  let whole = 0;
  let ends = 0;
  let sent = Date.now();
  /** @type {{close: () => void} | null} */
  let asking = null;
  const touch = () => { if (!asking) touched = Date.now(); };
  const events = ['pointerdown', 'keydown', 'wheel'];
  for (const name of events) window.addEventListener(name, touch, { passive: true });
  const stop = store.watch('session/times', (times) => {
    if (!times) return;
    ends = times.idleEndsAtMs;
    whole = Math.max(whole, ends - Date.now());
  });
  const timer = setInterval(look, 1000);
  return close;

  async function stay() {
    sent = Date.now();
    await api.act('session', 'stay');
    ends = Math.max(ends, sent + whole);
    asking?.close();
  }

  function look() {
    if (!ends) return;
    const { send, ask } = idleness({ now: Date.now(), ends, whole, asked: sent, touched });
    if (send) stay().catch(() => {});
    else if (ask && !asking && !document.querySelector('dialog[open]')) {
      asking = dialog({
        title: 'Are you still there?',
        body: h('p', {}, 'Nothing has been done here for a while. You are signed out ', until(ends, { over: 'any moment' }), '.'),
        cancel: false,
        actions: [{ label: 'Sign out', test: 'idle-sign-out', kind: 'plain', run: signOut }, { label: 'Stay signed in', test: 'idle-stay', kind: 'primary', run: stay }],
        closed: () => { asking = null; },
      });
    } else if (!ask) asking?.close();
  }

  function close() {
    clearInterval(timer);
    stop();
    for (const name of events) window.removeEventListener(name, touch);
    asking?.close();
  }
}
