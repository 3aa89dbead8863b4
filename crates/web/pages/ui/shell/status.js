// Whether the node is there, in words.

import { fill, h } from '../element.js';
import { icon } from '../icons.js';
import { button } from '../parts.js';

/** A break that is over so soon is not worth a word, in milliseconds. */
const MOMENT = 500;

/** How this page reaches its server. @returns {string} */
export function way() {
  return location.protocol === 'https:' ? 'Secure connection established' : 'Connected within this machine';
}

/** @param {() => void} retry @returns {{banner: any, foot: any, state: (state: string) => void}} */
export function statusLine(retry) {
  const banner = h('div', { class: 'lost', role: 'alert', hidden: true, 'data-test': 'lost' });
  const words = h('span', {}, 'Connecting…');
  const foot = h('footer', { class: 'status-line' }, icon('lock'), words, h('span', { class: 'grow' }), h('span', { 'aria-hidden': 'true' }, 'capos://workspace'));
  let soon = 0;
  return { banner, foot, state };

  /** @param {string} now */
  function state(now) {
    if (now === 'live') {
      clearTimeout(soon);
      soon = 0;
      banner.hidden = true;
      document.documentElement.removeAttribute('data-lost');
      fill(words, way());
      return;
    }
    soon ||= window.setTimeout(tell, MOMENT);
  }

  function tell() {
    if (!banner.isConnected) return;
    document.documentElement.setAttribute('data-lost', '');
    fill(words, 'Connection lost');
    fill(banner, h('span', { class: 'waiting' }), h('span', { class: 'grow' }, h('strong', {}, 'The node does not answer. '), 'What you see may be out of date. This goes on by itself once it is back.'),
      button({ label: 'Try now', test: 'lost-retry', kind: 'small', run: retry }));
    banner.hidden = false;
  }
}
