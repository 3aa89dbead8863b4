// The workspace around the views: rail, top, and the view that the address names.

import { fill, h } from './element.js';
import { palette } from './palette.js';
import { button, empty, waiting } from './parts.js';
import { rail } from './shell/rail.js';
import { statusLine } from './shell/status.js';
import { top } from './shell/top.js';
import { themeEntries } from './themes.js';
import { views } from './views.js';

/** How long is waited for what feeds the view that the address names, in milliseconds. */
const GRACE = 1500;
/** How long is waited for the first view where the address names none. */
const SHORT_GRACE = 400;

/**
 * @typedef {Omit<import('./views.js').Context, 'announce'> & {retry: () => void}} Given
 * @param {HTMLElement} root @param {Given} given
 * @returns {{state: (state: string, problem?: any) => void, close: () => void}}
 */
export function workspace(root, given) {
  const { store, signOut, retry } = given;
  const live = h('div', { class: 'out-of-sight', 'aria-live': 'polite', 'data-test': 'announced' });
  const announce = (/** @type {string} */ text) => { fill(live, h('p', {}, text)); };
  const context = { ...given, announce };
  const began = Date.now();
  const main = h('main', { id: 'view', tabindex: '-1' });
  const status = statusLine({ store, retry });
  const search = () => { palette(entries); };
  const bar = rail();
  const head = top({ store, search, signOut });
  const skip = h('a', { class: 'skip', href: '#view', 'data-test': 'skip', onclick: (/** @type {Event} */ event) => { event.preventDefault(); main.focus(); } }, 'Skip to the view');
  const frame = h('div', { class: 'workspace' }, skip, bar.element, head.element, status.banner, main, status.foot, live);
  fill(root, frame);

  /** @type {import('./views.js').View | undefined} */
  let shown;
  let where = '';
  let leave = () => {};
  let due = 0;
  const stop = store.watchAll(() => { due ||= requestAnimationFrame(look); });
  const timers = [setTimeout(show, SHORT_GRACE + 20), setTimeout(show, GRACE + 20)];
  window.addEventListener('hashchange', moved);
  window.addEventListener('keydown', shortcut);
  show();
  return { state: status.state, close };

  function fed() {
    return views.filter((view) => view.isFed(store));
  }

  function look() {
    due = 0;
    show();
  }

  function moved() {
    const before = shown;
    show();
    if (shown !== before) main.focus({ preventScroll: true });
  }

  function show() {
    const all = fed();
    const [name, ...rest] = location.hash.replace(/^#\//, '').split('/').map(read);
    const view = choose(all, name);
    bar.show(all, view, context);
    if (view === undefined) return nothing(name);
    if (view === shown && rest.join('/') === where) return;
    document.title = `${view.title} · capOS`;
    leave();
    leave = () => {};
    fill(main);
    main.scrollTop = 0;
    main.dataset.view = view.name;
    [shown, where] = [view, rest.join('/')];
    leave = view.mount(main, context, rest);
  }

  /** The view that the address names, or the first; the one that is shown stays for as long as nothing else is named. @param {import('./views.js').View[]} all @param {string} name */
  function choose(all, name) {
    const named = all.find((one) => one.name === name);
    if (named || name) return named;
    const first = all[0] === views[0] || Date.now() - began > SHORT_GRACE ? all[0] : undefined;
    return shown && all.includes(shown) && first !== views[0] ? shown : first;
  }

  /** @param {string} name */
  function nothing(name) {
    const is = name && Date.now() - began > GRACE;
    leave();
    [leave, shown, where] = [() => {}, undefined, ''];
    const known = views.find((one) => one.name === name);
    const why = known ? `${known.title} is not open to this session: nothing that it was granted feeds it.` : 'There is no such view.';
    const first = fed()[0];
    fill(main, is ? empty(why, first && button({ label: `Open ${first.title}`, test: 'open-first', run: () => context.go(first.name) })) : waiting('The workspace is being set up…'));
  }

  /** Everything that the palette finds. */
  function entries() {
    const all = fed();
    const open = all.map((view) => ({ title: view.title, hint: 'View', run: () => context.go(view.name) }));
    const more = all.flatMap((view) => view.palette?.(context) ?? []);
    return [...open, ...more, ...themeEntries(), { title: 'Sign out', hint: 'Session', run: signOut }];
  }

  /** @param {KeyboardEvent} event */
  function shortcut(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== 'k') return;
    event.preventDefault();
    if (!document.querySelector('dialog[open]')) search();
  }

  function close() {
    for (const timer of timers) clearTimeout(timer);
    cancelAnimationFrame(due);
    stop();
    window.removeEventListener('hashchange', moved);
    window.removeEventListener('keydown', shortcut);
    leave();
    leave = () => {};
    fill(root);
    document.title = 'capOS';
  }
}

/** A part of an address; one that is not well-formed stands for itself. @param {string} part */
function read(part) {
  try { return decodeURIComponent(part); } catch { return part; }
}
