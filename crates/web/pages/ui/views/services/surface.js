// A service without a view of its own: what can be done with it, as it describes that itself.

import { fill, h } from '../../element.js';
import { commands } from '../../commands.js';
import { empty, heading } from '../../parts.js';

/** @param {HTMLElement} root @param {import('../../views.js').Context} context @param {string} name */
export function surface(root, context, name) {
  const back = h('a', { class: 'button plain', href: '#/services', 'data-test': 'surface-back' }, 'All services');
  const place = h('div', {});
  fill(root, heading(name, back), place);
  let close = () => {};
  let is = /** @type {boolean | undefined} */ (undefined);
  const stop = context.store.watch('commands', (known) => {
    const now = known?.names.includes(name) ?? false;
    if (now === is) return;
    is = now;
    close();
    close = () => {};
    if (!now) return fill(place, empty(`This session has no service that describes its commands as “${name}”.`, h('a', { class: 'button', href: '#/services', 'data-test': 'surface-none' }, 'See what there is')));
    const made = commands(context, name);
    close = made.close;
    fill(place, made.element);
  });
  return () => { stop(); close(); };
}
