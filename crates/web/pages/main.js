// Where the page begins: signing in, or the workspace of the session there is.
//
// What is imported here is what the sign-in needs. The workspace comes once the sign-in is shown.

import { Api } from './core/api.js';
import { Windows } from './core/windows.js';
import { signIn } from './ui/sign-in.js';
import { unloaded } from './ui/unloaded.js';

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
  leave = signIn(root, { api, why, isTyping, signedIn });
}

/** What is waited for is that the workspace is loaded. @param {string} token */
async function signedIn(token) {
  begin(token);
  windows.begun(token);
  await load().catch(() => {});
}

/** @param {string} token */
async function begin(token) {
  api.token = token;
  sessionStorage.setItem('token', token);
  const loaded = await load().catch(() => undefined);
  // Meanwhile the session may be over, or another one.
  if (api.token !== token) return;
  leave();
  leave = loaded ? loaded.inside(root, { api, windows, enter }) : unloaded(root);
}

/** The workspace, with all that it imports asked for at once. */
function load() {
  const later = document.querySelector('template');
  if (later) later.replaceWith(later.content);
  return import('./ui/inside.js');
}

const token = sessionStorage.getItem('token');
if (token) {
  begin(token);
} else {
  enter();
  windows.ask().then((other) => { if (other && !api.token) begin(other); });
  (window.requestIdleCallback ?? setTimeout)(() => { load().catch(() => {}); });
}
