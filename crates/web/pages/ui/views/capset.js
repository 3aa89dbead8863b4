// What was granted, and every method of it.

import { forms } from '../../core/capset/forms.js';
import { Outputs } from '../../core/capset/outputs.js';
import { whose } from '../../core/drafts.js';
import { fill } from '../element.js';
import { grants } from './capset/grants.js';
import { one } from './capset/one.js';

/**
 * What the parts of this view have.
 * @typedef {import('../views.js').Context & {outputs: Outputs}} Given
 */

/** Outcomes stay while other views are looked at, and go with the session. @type {WeakMap<object, Outputs>} */
const kept = new WeakMap();

/** @type {import('../views.js').View} */
export const view = {
  name: 'capset',
  title: 'CapSet',
  isFed: (store) => Boolean(store.get('capset') && store.get('session')),
  mount(root, context, [name, method]) {
    const outputs = kept.get(context.store) ?? begun(context.store);
    const given = { ...context, outputs };
    const leave = name ? one(root, given, name, method) : grants(root, given);
    return () => { leave(); fill(root); };
  },
  palette({ store, go }) {
    const all = store.get('capset')?.grants ?? [];
    return all.flatMap((/** @type {any} */ grant) => [
      { title: grant.name, hint: `Capability · ${grant.interface}`, run: () => go(path(grant.name)) },
      ...(grant.local ? [] : grant.methods).map((/** @type {string} */ method) => ({
        title: `${grant.name}.${method}`, hint: `Method of ${grant.interface}`, run: () => go(path(grant.name, method)),
      })),
    ]);
  },
};

/** @param {import('../../core/store.js').Store} store */
function begun(store) {
  const outputs = new Outputs();
  kept.set(store, outputs);
  forms.begin(whose(store));
  return outputs;
}

/** Where something of the view is; a chip's name begins with `~`. @param {string} name @param {string} [method] */
export function path(name, method) {
  return ['capset', name, ...(method ? [method] : [])].map(encodeURIComponent).join('/');
}
