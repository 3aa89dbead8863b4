// What was granted, and every method of it.

import { Outputs } from '../../core/capset/outputs.js';
import { fill } from '../element.js';
import { grants } from './capset/grants.js';
import { one } from './capset/one.js';

/**
 * What the parts of this view have.
 * @typedef {import('../views.js').Context & {outputs: Outputs}} Given
 */

/** Forms and outcomes stay while other views are looked at, and go with the session. @type {WeakMap<object, Outputs>} */
const kept = new WeakMap();

/** @type {import('../views.js').View} */
export const view = {
  name: 'capset',
  title: 'CapSet',
  isFed: (store) => Boolean(store.get('capset')),
  mount(root, context, [name, method]) {
    const outputs = kept.get(context.store) ?? new Outputs();
    kept.set(context.store, outputs);
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

/** Where something of the view is; a chip's name begins with `~`. @param {string} name @param {string} [method] */
export function path(name, method) {
  return ['capset', name, ...(method ? [method] : [])].map(encodeURIComponent).join('/');
}
