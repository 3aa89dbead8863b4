// The form of one method, and what its calls gave.

import { forms } from '../../../core/capset/forms.js';
import { draftOf, files, meant, placeOf, Unmeant } from '../../../core/capset/form.js';
import { fill, h } from '../../element.js';
import { badge, button } from '../../parts.js';
import { doc } from './doc.js';
import { upload } from './files.js';
import { inputs, results } from './inputs.js';
import { outputList } from './output.js';

/**
 * @param {HTMLElement} root @param {import('../capset.js').Given} given
 * @param {{name: string, on: any, schema: any, method: any}} what @returns {() => void}
 */
export function methodForm(root, given, { name, on, schema, method }) {
  const { api, outputs } = given;
  const at = `${name} ${schema.name}.${method.name}`;
  const use = { kind: 'structure', at: method.params };
  const shape = JSON.stringify([schema.types, use]);
  let draft = forms.get(at, shape) ?? draftOf(schema.types, use);
  forms.keep(at, shape, draft);
  const fields = h('div', { class: 'stack' });
  const call = button({ label: method.streaming ? 'Send' : 'Call', test: 'method-call', kind: 'primary', run: send, submit: true });
  const form = h('form', { class: 'stack', novalidate: true, onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); } }, fields,
    h('div', { class: 'row' }, call, button({ label: 'Empty the form', test: 'method-empty', kind: 'plain', run: empty })));
  const below = h('div', {});
  fill(root, h('div', { class: 'stack' },
    h('section', { class: 'panel stack', 'aria-label': `The form of ${method.name}` },
      h('h2', {}, h('span', { class: 'mono' }, method.name), ' ', method.streaming && badge('stream')),
      doc(method.doc),
      method.streaming && h('p', { class: 'quiet small' }, 'Each call sends one piece more.', method.closedBy && [' ', h('code', {}, method.closedBy), ' says that no more comes.']),
      form, results(schema, method)), below));
  show();
  return outputList(below, given, at, method);

  function show() {
    inputs(fields, { given, schema, draft, at: method.params, path: '' });
  }

  function empty() {
    draft = draftOf(schema.types, use);
    forms.keep(at, shape, draft);
    show();
  }

  async function send() {
    for (const mark of form.querySelectorAll('[data-path] > .problem')) mark.remove();
    for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
    let meaning;
    try {
      // An upload is there once, so a file goes anew with each call.
      for (const file of files(draft)) file.upload = await upload(api, file.blob);
      meaning = meant(schema.types, draft) ?? {};
    } catch (error) {
      if (error instanceof Unmeant && mark(error.path, error.message)) return;
      throw error;
    }
    // The list below shows how it goes, so that another can be made meanwhile.
    const made = outputs.make(at,
      (id, signal) => api.once('capset', 'call', { on, method: method.name, arguments: meaning, call: id }, signal),
      (id) => { api.act('capset', 'cancel', { call: id }).catch(() => {}); });
    made.then(({ error }) => {
      const place = error && placeOf(error.message);
      if (place && root.isConnected) mark(place.path, place.message);
    });
  }

  /** Says what is wrong where it is. @param {string} path @param {string} message @returns {boolean} whether there is such a place */
  function mark(path, message) {
    const all = [...form.querySelectorAll('[data-path]')];
    const same = (/** @type {string} */ one) => one.charAt(0).toLowerCase() + one.slice(1);
    // A sentence begins with a capital.
    const place = all.find((/** @type {any} */ one) => same(one.dataset.path) === same(path));
    const input = place?.querySelector('input, select, textarea');
    if (!place) return false;
    place.append(h('p', { class: 'problem', role: 'alert' }, h('strong', {}, message)));
    input?.setAttribute('aria-invalid', 'true');
    input?.focus();
    return true;
  }
}
