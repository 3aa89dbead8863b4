// The clock, and the product's name.

import { fill, h } from '../element.js';

/** @param {Date} now */
function parts(now) {
  return new Intl.DateTimeFormat([], { hour: 'numeric', minute: '2-digit' }).formatToParts(now);
}

/** @returns {{element: any, close: () => void}} */
export function hero() {
  const time = h('time', { class: 'gate-time' });
  const day = h('p', { class: 'gate-day' });
  const tick = () => {
    const now = new Date();
    fill(time, parts(now).map(({ type, value }) => (type === 'dayPeriod' ? h('small', {}, value) : value.trim())));
    fill(day, now.toLocaleDateString([], { weekday: 'long', month: 'long', day: 'numeric' }));
  };
  tick();
  const timer = setInterval(tick, 1000);
  const element = h('div', { class: 'gate-hero' },
    h('p', { class: 'mark' }, h('span', { class: 'mark-drawing', 'aria-hidden': 'true' }), 'capOS'),
    h('div', { class: 'gate-clock' }, time, day),
    h('p', { class: 'gate-words' }, 'Only what you were given. All of it at hand.'));
  return { element, close: () => clearInterval(timer) };
}
