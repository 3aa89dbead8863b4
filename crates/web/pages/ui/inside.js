// The workspace of one session: what it is told, what is kept of that, and what shows it.

import { forms } from '../core/capset/forms.js';
import { drafts } from '../core/drafts.js';
import { Events } from '../core/events.js';
import { Store } from '../core/store.js';
import { transfers } from '../core/transfers.js';
import { Wants } from '../core/wants.js';
import { idleWatch } from './idle.js';
import { watchWaking } from './waking.js';
import { workspace } from './workspace.js';

/**
 * @param {HTMLElement} root
 * @param {{api: import('../core/api.js').Api, windows: import('../core/windows.js').Windows, enter: (why: any) => void}} given
 * `enter` leads back to the sign-in, which says why
 * @returns {() => void} leaves it
 */
export function inside(root, { api, windows, enter }) {
  const store = new Store();
  const events = new Events(api, {
    tell: (event) => store.tell(event),
    state: (state, problem) => { if (state === 'over') over(problem); else shell.state(state, problem); },
  });
  const over = (/** @type {any} */ why) => { events.close(); enter({ ...plain(why), lost: transfers.lost() }); };
  const wants = new Wants((topics) => events.want(topics));
  const signOut = async () => {
    events.close();
    drafts.clear();
    forms.clear();
    await api.post('/api/sign-out', {}, undefined, { patience: 5000 }).catch(() => {});
    windows.ended();
    enter({ message: 'You are signed out.', code: 'signedOut' });
  };
  const shell = workspace(root, {
    api, store, signOut, retry: () => events.hurry(), want: (topic) => wants.want(topic),
    go: (path) => { location.hash = `#/${path}`; },
  });
  const stopIdle = idleWatch({ api, store, signOut });
  const stopWaking = watchWaking(events);
  events.run();
  // What is under way was for this session: nothing of it is shown, or saved, any more.
  return () => { stopWaking(); events.close(); stopIdle(); shell.close(); api.breakOff(); forms.end(); };
}

/** A problem's own words: those of an error are not copied with it. @param {any} why */
function plain(why) {
  return { code: why?.code, message: why?.message, advice: why?.advice };
}
