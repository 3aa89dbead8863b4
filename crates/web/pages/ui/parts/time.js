// Times that go on while they are looked at.

import { h } from '../element.js';
import { duration } from '../../core/words.js';

/** @type {Set<{element: any, show: () => void}>} */
const ticking = new Set();
let timer = 0;

function tick() {
  for (const one of ticking) {
    if (one.element.isConnected) one.show();
    else ticking.delete(one);
  }
  if (ticking.size === 0) { clearInterval(timer); timer = 0; }
}

/** @param {any} element @param {() => void} show */
function keep(element, show) {
  show();
  // What is made now is put into the page in a moment, and must not be taken for what was taken out of it.
  setTimeout(() => {
    ticking.add({ element, show });
    if (!timer) timer = window.setInterval(tick, 1000);
  });
  return element;
}

/** How long ago that was: "5 min ago". @param {number} ms since 1970 @returns {any} */
export function ago(ms) {
  const element = h('time', { datetime: new Date(ms).toISOString(), title: moment(ms) });
  return keep(element, () => { element.textContent = Date.now() - ms < 5000 ? 'just now' : `${duration(Date.now() - ms)} ago`; });
}

/** How long it is until then: "in 5 min". @param {number} ms since 1970 @param {{before?: string, over?: string, behind?: string}} [words] @returns {any} */
export function until(ms, { before = 'in ', over = 'over', behind = '' } = {}) {
  const element = h('time', { datetime: new Date(ms).toISOString(), title: moment(ms) });
  return keep(element, () => {
    const left = ms - Date.now();
    element.textContent = left > 0 ? `${before}${duration(left)}${behind}` : over;
    element.classList.toggle('warn', left > 0 && left < 300000);
  });
}

/** A point of time as words: today's without the date. @param {number} ms since 1970 */
export function moment(ms) {
  const date = new Date(ms);
  const clock = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return date.toDateString() === new Date().toDateString() ? clock : `${date.toLocaleDateString()} ${clock}`;
}

/** The same as an element. @param {number} ms since 1970 @returns {any} */
export function when(ms) {
  return h('time', { datetime: new Date(ms).toISOString() }, moment(ms));
}
