// Whether the node is there, in words.

import { fill, h } from '../element.js';
import { icon } from '../icons.js';
import { button, until } from '../parts.js';

/** A break that is over so soon is not worth a word, in milliseconds. */
const MOMENT = 500;

/** How this page reaches its server. @returns {string} */
export function way() {
  return location.protocol === 'https:' ? 'Secure connection established' : 'Connected within this machine';
}

/**
 * @param {{store: import('../../core/store.js').Store, retry: () => void}} given
 * @returns {{banner: any, foot: any, state: (state: string, problem?: any) => void}}
 */
export function statusLine({ store, retry }) {
  const banner = h('div', { class: 'lost', role: 'alert', hidden: true });
  const words = h('span', {}, 'Connecting…');
  const foot = h('footer', { class: 'status-line' }, icon('lock'), words, h('span', { class: 'grow' }), h('span', { 'aria-hidden': 'true' }, 'capos://workspace'));
  /** @type {any} */
  let why = null;
  let soon = 0;
  let [isLive, isLost] = [false, false];
  /** By when the node has stopped, where it was told to. @type {number | undefined} */
  let stopsBy;
  // It lives as long as the store does.
  store.watch('session/stopping', (stopping) => { stopsBy = stopping?.byMs ?? stopsBy; show(); });
  return { banner, foot, state };

  /** @param {string} now @param {any} [problem] */
  function state(now, problem) {
    why = problem;
    if (now === 'live') {
      isLive = true;
      clearTimeout(soon);
      [soon, isLost] = [0, false];
      show();
    } else if (now === 'quiet') {
      isLost = true;
      show();
    } else {
      soon ||= window.setTimeout(() => { isLost = banner.isConnected; show(); }, MOMENT);
    }
  }

  function show() {
    document.documentElement.toggleAttribute('data-lost', isLost);
    fill(words, isLost ? (why?.status > 0 ? 'Not kept up to date' : 'Connection lost') : stopsBy ? 'The node is stopping' : isLive ? way() : 'Connecting…');
    const said = isLost ? lost : stopsBy && (() => stopping(Number(stopsBy)));
    banner.dataset.test = isLost ? 'lost' : 'stopping';
    fill(banner, said && [h('span', { class: 'waiting' }), h('span', { class: 'grow' }, said()), isLost && button({ label: 'Try now', test: 'lost-retry', kind: 'small', run: retry })]);
    banner.hidden = !said;
    beside(said);
  }

  /** @returns {any} */
  function lost() {
    if (why?.status > 0) return [h('strong', {}, `${why.message} `), `What you see may be out of date. ${why.advice} This is tried again by itself.`];
    if (stopsBy) return [h('strong', {}, 'The node was stopped. '), 'What you see may be out of date. This page asks you to sign in once it is back.'];
    if (!navigator.onLine) return [h('strong', {}, 'This device is offline. '), 'What you see may be out of date. This goes on by itself once there is a network again.'];
    return [h('strong', {}, 'The node does not answer. '), 'What you see may be out of date. This goes on by itself once it is back.'];
  }
}

/** @param {number} by @returns {any} */
function stopping(by) {
  return [h('strong', {}, 'The node is being stopped. '), 'Finish what you are doing: your session ends with it', h('span', { 'aria-hidden': 'true' }, ', ', until(by, { over: 'now' })), '.'];
}

/** What is behind an open dialog is not to be read: it is said there, too. @param {any} said */
function beside(said) {
  for (const one of document.querySelectorAll('[data-test="lost-here"]')) one.remove();
  if (!said) return;
  for (const dialog of document.querySelectorAll('dialog[open]')) {
    dialog.prepend(h('p', { class: 'lost-here', role: 'alert', 'data-test': 'lost-here' }, said()));
  }
}
