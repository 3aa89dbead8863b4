// Signing in: the whole window, with a clock and a card.

import { Api, Refused } from '../core/api.js';
import { explainEnd } from '../core/advice.js';
import { fill, h } from './element.js';
import { icon } from './icons.js';
import { button, problem } from './parts.js';
import { asked } from './sign-in/asked.js';
import { endpoint } from './sign-in/endpoint.js';
import { hero } from './sign-in/hero.js';
import { otherWays } from './sign-in/methods.js';
import { passwordForm } from './sign-in/password.js';
import { profiles } from './sign-in/profiles.js';
import { way } from './shell/status.js';
import { themeChoice } from './themes.js';

/** After so long without a key somebody has stopped typing, in milliseconds. */
const PAUSE = 700;
/** Between two attempts to reach a node that does not answer, in milliseconds. */
const AGAIN = 1500;
/** How often it is looked whether it is still there, and how long it may take to say so. */
const [STILL, PATIENCE] = [2000, 3000];
/** Ends of a session after which there may be no node for a while. */
const AWAY = new Set(['nodeStopping', 'gatewayDisconnected']);

/**
 * @param {HTMLElement} root
 * @param {{api: Api, why?: any, isTyping?: boolean, signedIn: (token: string) => void | Promise<void>}} given `why` the
 * last session is over, and whether somebody was typing in it
 * @returns {() => void}
 */
export function signIn(root, { api, why, isTyping, signedIn }) {
  // What is asked between the steps has a token of its own, which no other window is told.
  const steps = new Api(api.fetcher);
  let account = '';
  let again = 0;
  let isGone = false;
  /** What was said last of a node that is away. */
  let said = '';
  const note = h('div', { class: 'gate-note', id: 'gate-note' });
  const reached = h('div', { class: 'gate-note' });
  const place = h('div', { class: 'gate-step' });
  const more = h('div', { class: 'gate-more' });
  const card = h('section', { class: 'gate-card', 'aria-labelledby': 'gate-title' },
    h('div', { class: 'gate-head' }, h('span', { class: 'mark-drawing', 'aria-hidden': 'true' }), h('h1', { id: 'gate-title' }, 'Sign in')), note, reached, place, more);
  const node = endpoint({ api: steps, changed: look });
  card.append(node.element);
  const clock = hero();
  const how = h('span', {}, way());
  const foot = h('footer', { class: 'gate-foot' }, h('span', { class: 'gate-way' }, icon('lock'), how), themeChoice());
  fill(root, h('div', { class: 'gate' }, clock.element, h('main', { class: 'gate-main' }, card), foot));
  document.title = 'Sign in · capOS';
  if (why) tellEnd(why);
  if (isTyping) letTypingEnd();
  const form = passwordForm({ enter: (given) => { account = given.account; return enter({ method: 'password', ...given }); } });
  begin();
  look();
  const watching = setInterval(watch, STILL);
  window.addEventListener('online', watch);
  document.addEventListener('visibilitychange', watch);
  return close;

  function begin() {
    title('Sign in');
    fill(place, form.element);
    more.hidden = false;
    form.focus();
  }

  /** @param {string} words */
  function title(words) {
    fill(/** @type {Element} */ (card.querySelector('h1')), words);
  }

  /** Asks for the ways to sign in, until there is an answer. */
  async function look() {
    clearTimeout(again);
    try {
      const welcome = await steps.get('/api/welcome');
      if (isGone) return;
      if (reached.hasChildNodes()) isBack();
      answers();
      show(welcome);
    } catch (error) {
      if (isGone) return;
      isAway(error);
      // A bridge may be shown another way; what answers not at all is no bridge.
      const { status, code } = /** @type {Refused} */ (error);
      if (status !== 0 && code !== 'sessionAlreadyInUse') node.look();
      again = window.setTimeout(look, AGAIN);
    }
  }

  /** What can be said before anybody signs in stays what is so. */
  async function watch() {
    if (document.hidden || reached.hasChildNodes()) return;
    try {
      await steps.request('/', { method: 'HEAD' }, PATIENCE);
    } catch {
      if (!isGone && !reached.hasChildNodes()) look();
    }
  }

  /** @param {any} error */
  function isAway(error) {
    fill(how, error.status === 0 ? 'Not connected' : way());
    // It is not announced anew with each attempt.
    const told = isStopped() ? h('p', { class: 'waiting', role: 'status' }, 'It is not there yet. This page notices when it is.') : problem(error);
    if (reached.hasChildNodes() && said === told.textContent) return;
    said = told.textContent;
    fill(reached, h('div', { 'data-test': 'unreachable' }, told, button({ label: 'Try again', test: 'sign-in-retry', kind: 'small', run: look })));
  }

  function isBack() {
    fill(reached);
    fill(how, way());
    if (isStopped()) fill(note, h('div', { class: 'note good', role: 'status', 'data-test': 'ended' }, h('strong', {}, 'The node is there again.'), ' Your session ended with it: sign in to go on.'));
  }

  /** An attempt did not arrive: that is so no longer. */
  function answers() {
    if (!note.querySelector('[data-unreached]')) return;
    fill(note, h('div', { class: 'note good', role: 'status', 'data-test': 'answers' }, h('strong', {}, 'The node answers now.'), ' What you sent before did not reach it: try again.'));
  }

  /** Whether what is said is that the node has gone. */
  function isStopped() {
    return note.querySelector('[data-away]') !== null;
  }

  /** @param {{bridge: boolean, methods: import('./sign-in/methods.js').Method[]}} welcome */
  function show({ bridge, methods }) {
    const password = methods.find((method) => method.kind === 'password');
    form.allow(password?.enabled ?? false);
    fill(more, otherWays(methods, (method) => enter({ method })));
    if (bridge) node.look();
  }

  /** @param {any} wish */
  async function enter(wish) {
    steps.token = '';
    await step('/api/sign-in', wish);
  }

  /** @param {string} path @param {any} given */
  async function step(path, given) {
    fill(note);
    try {
      await next(await steps.post(path, given, undefined, { patience: 60000 }));
    } catch (error) {
      if (isGone) return;
      const refused = /** @type {Refused} */ (error);
      const isStep = path !== '/api/sign-in';
      // An answer to a question that is not asked any more.
      const told = isStep && refused.status === 401 ? new Refused(401, { code: 'requestTimeout', message: 'That took too long, or the node was started anew: this sign-in is over.', advice: 'Begin again.' }) : refused;
      fill(note, problem(told, 'problem'));
      note.firstElementChild?.toggleAttribute('data-unreached', refused.status === 0);
      if (refused.status === 0) look();
      if (isStep && refused.status !== 0) begin();
      // What never arrived may be sent again as it is.
      if (refused.status !== 0) form.failed();
    }
  }

  /** @param {{token: string, asked: any, profiles: import('./sign-in/profiles.js').Profile[]}} entry */
  async function next(entry) {
    if (isGone) return;
    steps.token = entry.token;
    more.hidden = true;
    node.element.hidden = true;
    if (entry.asked) {
      title(entry.asked.secret ? 'A new password' : 'One more thing');
      const view = asked(entry.asked, account, (answer) => step('/api/sign-in/answer', { answer }), startOver);
      fill(place, view.element);
      view.focus();
    } else if (entry.profiles.length > 0) {
      title('What as?');
      const view = profiles(entry.profiles, (profile) => step('/api/sign-in/profile', { profile }));
      fill(place, view.element);
      view.focus();
    } else {
      await signedIn(entry.token);
    }
  }

  function startOver() {
    fill(note);
    begin();
  }

  /** @param {any} ended */
  function tellEnd(ended) {
    const { code, message, advice } = explainEnd(ended);
    fill(note, h('div', { class: `note ${code === 'signedOut' ? 'good' : 'warn'}`, role: code === 'signedOut' ? 'status' : 'alert', 'data-test': 'ended', 'data-away': AWAY.has(code) }, h('strong', {}, message), advice && ` ${advice}`, ended.lost && ` ${ended.lost}`));
  }

  function close() {
    isGone = true;
    clearTimeout(again);
    clearInterval(watching);
    window.removeEventListener('online', watch);
    document.removeEventListener('visibilitychange', watch);
    clock.close();
    fill(root);
  }
}

/** What somebody types into a terminal that is gone is not for the fields that are in its place. */
function letTypingEnd() {
  let timer = setTimeout(end, PAUSE);
  window.addEventListener('keydown', swallow, true);

  /** @param {KeyboardEvent} event */
  function swallow(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
    clearTimeout(timer);
    timer = setTimeout(end, PAUSE);
  }

  function end() {
    window.removeEventListener('keydown', swallow, true);
  }
}
