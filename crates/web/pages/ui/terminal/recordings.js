// placeholder until the area of recordings is there
import { fill, h } from '../element.js';
/** @param {HTMLElement} root @param {import('../views.js').Context} context */
export function recordings(root, context) { fill(root, h('p', {}, String(Boolean(context)))); return () => {}; }
