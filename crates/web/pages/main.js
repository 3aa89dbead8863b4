// Where the page begins: signing in, or the workspace of the session there is.

import { Api } from './core/api.js';
import { drafts } from './core/drafts.js';
import { Events } from './core/events.js';
import { Store } from './core/store.js';
import { Wants } from './core/wants.js';
import { Windows } from './core/windows.js';
import { idleWatch } from './ui/idle.js';
import { signIn } from './ui/sign-in.js';
import { watchWaking } from './ui/waking.js';
import { workspace } from './ui/workspace.js';

const root = /** @type {HTMLElement} */ (document.getElementById('root'));
const api = new Api();
let leave = () => {};
/** When a key was pressed last. */
let typed = -Infinity;
window.addEventListener('keydown', () => { typed = performance.now(); }, true);

const windows = new Windows({
  token: () => api.token,
  begun: (token) => { if (!api.token) begin(token); },
  ended: () => { if (api.token) enter({ message: 'You signed out in another window.', code: 'signedOut' }); },
});

/** @param {any} [why] */
function enter(why) {
  sessionStorage.removeItem('token');
  api.token = '';
  leave();
  window.dispatchEvent(new Event('workspaceleft'));
  const isTyping = why && why.code !== 'signedOut' && performance.now() - typed < 1000;
  leave = signIn(root, { api, why, isTyping, signedIn: (token) => { begin(token); windows.begun(token); } });
}

/** @param {string} token */
function begin(token) {
  api.token = token;
  sessionStorage.setItem('token', token);
  const store = new Store();
  const events = new Events(api, {
    tell: (event) => store.tell(event),
    state: (state, problem) => { if (state === 'over') over(problem); else shell.state(state, problem); },
  });
  const over = (/** @type {any} */ why) => { events.close(); enter(why); };
  const wants = new Wants((topics) => events.want(topics));
  const signOut = async () => {
    events.close();
    drafts.clear();
    await api.post('/api/sign-out', {}, undefined, { patience: 5000 }).catch(() => {});
    windows.ended();
    enter({ message: 'You are signed out.', code: 'signedOut' });
  };
  leave();
  const shell = workspace(root, {
    api, store, signOut, retry: () => events.hurry(), want: (topic) => wants.want(topic),
    go: (path) => { location.hash = `#/${path}`; },
  });
  const stopIdle = idleWatch({ api, store, signOut });
  const stopWaking = watchWaking(events);
  leave = () => { stopWaking(); events.close(); stopIdle(); shell.close(); };
  events.run();
}

const token = sessionStorage.getItem('token') || await windows.ask();
if (token) begin(token);
else enter();
