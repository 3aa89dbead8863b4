// Where the page begins: signing in, or the workspace of the session there is.

import { Api } from './core/api.js';
import { Events } from './core/events.js';
import { Store } from './core/store.js';
import { signIn } from './ui/sign-in.js';
import { workspace } from './ui/workspace.js';

const root = /** @type {HTMLElement} */ (document.getElementById('root'));
const api = new Api();
let leave = () => {};

/** @param {any} [why] */
function enter(why) {
  sessionStorage.removeItem('token');
  api.token = '';
  leave();
  leave = signIn(root, { api, why, signedIn: begin });
}

/** @param {string} token */
function begin(token) {
  api.token = token;
  sessionStorage.setItem('token', token);
  const store = new Store();
  const wanted = new Map();
  const events = new Events(api, {
    tell: (event) => store.tell(event),
    state: (state, problem) => { if (state === 'over') { events.close(); enter(problem); } },
  });
  const want = (/** @type {string} */ topic) => {
    const change = (/** @type {number} */ by) => {
      wanted.set(topic, (wanted.get(topic) ?? 0) + by);
      events.want([...wanted].filter(([, count]) => count > 0).map(([name]) => name)).catch(() => {});
    };
    change(1);
    return () => change(-1);
  };
  const go = (/** @type {string} */ path) => { location.hash = `#/${path}`; };
  const signOut = async () => {
    events.close();
    await api.post('/api/sign-out', {}).catch(() => {});
    enter();
  };
  leave();
  leave = workspace(root, { api, store, want, go, announce: () => {} }, signOut);
  events.run();
}

const token = sessionStorage.getItem('token');
if (token) begin(token);
else enter();
