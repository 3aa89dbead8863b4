// A capability as an argument: a grant, one that a call gave, or a listener of one's own.

import { random } from '../../../core/api.js';
import { fill, h } from '../../element.js';
import { field } from '../../parts.js';

/** @param {import('./inputs.js').Place} place @param {any} label @param {any} hint @returns {any} */
export function capabilityInput({ given, draft, path }, label, hint) {
  const { api, store } = given;
  const grants = (store.get('capset')?.grants ?? []).filter((/** @type {any} */ one) => !one.local);
  const chips = store.get('capset/chips')?.chips ?? [];
  const fit = (/** @type {any} */ one) => !draft.interface || !one.interface || one.interface === draft.interface;
  const option = (/** @type {string} */ value, /** @type {string} */ words) => h('option', { value }, words);
  const select = h('select', { 'data-test': 'argument', 'data-key': path, onchange: choose },
    option('', 'None'),
    option('listener', draft.any ? 'A listener of mine' : `A listener of mine: its calls are shown here`),
    draft.raw && option('raw', 'A value that is no capability, as bytes of a message'),
    several('Grants', grants.filter(fit).map((/** @type {any} */ one) => option(`grant ${one.name}`, `${one.name} (${one.interface})`))),
    several('What calls gave', chips.filter(fit).map((/** @type {any} */ one) => option(`chip ${one.key}`, `${one.interface || 'untyped'} from ${one.from}`))),
    several('Grants of other interfaces', grants.filter((/** @type {any} */ one) => !fit(one)).map((/** @type {any} */ one) => option(`grant ${one.name}`, `${one.name} (${one.interface})`))));
  const wanted = draft.key ? `${draft.from} ${draft.key}` : draft.from;
  select.value = wanted;
  // What was chosen may have been released meanwhile.
  if (select.value !== wanted) { select.value = ''; draft.from = ''; draft.key = ''; }
  const more = h('div', {});
  const root = field(label, h('div', { class: 'stack tight' }, select, more), hint);
  show();
  return root;

  function choose() {
    const [from, ...key] = select.value.split(' ');
    draft.from = from;
    draft.key = key.join(' ');
    if (from === 'listener') draft.listener = random();
    show();
  }

  function show() {
    if (draft.from === 'raw') return fill(more, area());
    if (draft.from === 'listener' && draft.any) return fill(more, named());
    fill(more);
  }

  function area() {
    const text = h('textarea', { class: 'mono', rows: '2', spellcheck: 'false', 'aria-label': 'Bytes of a message of one segment', placeholder: '00 00 …', 'data-test': 'argument-raw', 'data-key': path, oninput: () => { draft.text = text.value; } });
    text.value = draft.text;
    return text;
  }

  function named() {
    const id = `interfaces-${random()}`;
    const input = h('input', { list: id, autocomplete: 'off', spellcheck: 'false', 'aria-label': 'The interface that the listener has', placeholder: 'Its interface', 'data-test': 'argument-interface', 'data-key': path, oninput: () => { draft.named = input.value.trim(); } });
    input.value = draft.named;
    const list = h('datalist', { id });
    api.act('capset', 'interfaces').then(({ names }) => fill(list, names.map((/** @type {string} */ name) => h('option', { value: name }))), () => {});
    return [input, list];
  }
}

/** @param {string} label @param {any[]} options */
function several(label, options) {
  return options.length > 0 && h('optgroup', { label }, options);
}
