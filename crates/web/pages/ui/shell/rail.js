// The rail of views: at the side, or at the bottom where the window is narrow.

import { each, fill, h } from '../element.js';
import { icon } from '../icons.js';

/** How many views stand at the bottom of a narrow window; the others are behind one button. */
const FEW = 4;

/** @returns {{element: any, show: (all: import('../views.js').View[], shown: import('../views.js').View | undefined, context: import('../views.js').Context) => void}} */
export function rail() {
  const list = h('ul', { class: 'rail-list', id: 'rail-list' });
  const more = h('button', { type: 'button', class: 'rail-more', 'aria-expanded': 'false', 'aria-controls': 'rail-list', 'data-test': 'rail-more', onclick: () => open(!element.hasAttribute('data-open')) }, icon('more'), h('span', {}, 'More'));
  const mark = h('div', { class: 'mark', 'aria-hidden': 'true' }, h('span', { class: 'mark-drawing' }), h('span', { class: 'mark-name' }, 'capOS'));
  const element = h('nav', { class: 'rail', 'aria-label': 'Views', onkeydown: key, onclick: (/** @type {Event} */ event) => { if (/** @type {Element} */ (event.target).closest('a')) open(false); } }, mark, list, more);
  /** @type {{view: import('../views.js').View, shown: boolean, count: any, place: number}[]} */
  let before = [];
  const draw = each(list, ({ view }) => view.name, make);
  return { element, show };

  /** @param {import('../views.js').View[]} all @param {import('../views.js').View | undefined} shown @param {import('../views.js').Context} context */
  function show(all, shown, context) {
    const items = all.map((view, place) => ({ view, shown: view === shown, count: view.badge?.(context.store) ?? 0, place }));
    const same = (/** @type {any} */ item, /** @type {number} */ at) => ['view', 'shown', 'count'].every((part) => item[part] === /** @type {any} */ (before[at])?.[part]);
    if (items.length === before.length && items.every(same)) return;
    draw(items);
    before = items;
    const hidden = items.slice(FEW);
    more.hidden = hidden.length === 0;
    more.toggleAttribute('data-here', hidden.some((item) => item.shown));
    more.toggleAttribute('data-news', hidden.some((item) => item.count));
  }

  /** @param {(typeof before)[number]} first */
  function make(first) {
    const count = h('span', { class: 'badge count', hidden: true });
    const link = h('a', { href: `#/${first.view.name}`, 'data-test': `rail-${first.view.name}`, title: first.view.title }, icon(first.view.icon ?? first.view.name), h('span', { class: 'rail-title' }, first.view.title), count);
    const root = h('li', {}, link);
    const update = (/** @type {typeof first} */ item) => {
      if (item.shown) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
      count.hidden = !item.count;
      fill(count, item.count > 99 ? '99+' : item.count || '');
      root.toggleAttribute('data-few', item.place < FEW);
    };
    update(first);
    return { element: root, show: update };
  }

  /** @param {boolean} is */
  function open(is) {
    element.toggleAttribute('data-open', is);
    more.setAttribute('aria-expanded', String(is));
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.key === 'Escape' && element.hasAttribute('data-open')) { open(false); more.focus(); }
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...list.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement);
    if (!by || at < 0) return;
    event.preventDefault();
    links[(at + by + links.length) % links.length].focus();
  }
}
