// The workspace around the views: rail, top, and the view that the address names.

import { fill, h } from './element.js';
import { views } from './views.js';

/** @param {HTMLElement} root @param {import('./views.js').Context} context @param {() => void} signOut @returns {() => void} */
export function workspace(root, context, signOut) {
  const rail = h('nav', { 'aria-label': 'Views' });
  const main = h('main', { tabindex: '-1' });
  fill(root, h('header', {}, h('button', { onclick: signOut, 'data-test': 'sign-out' }, 'Sign out')), rail, main);
  let leave = () => {};
  const show = () => {
    const [name, ...rest] = location.hash.replace(/^#\//, '').split('/').map(decodeURIComponent);
    const fed = views.filter((view) => view.isFed(context.store));
    const view = fed.find((one) => one.name === name) ?? fed[0];
    leave();
    fill(main);
    fill(rail, fed.map((one) => h('a', { href: `#/${one.name}`, 'aria-current': one === view && 'page', 'data-test': `rail-${one.name}` }, one.title)));
    if (view) leave = view.mount(main, context, rest);
  };
  window.addEventListener('hashchange', show);
  show();
  return () => { window.removeEventListener('hashchange', show); leave(); fill(root); };
}
