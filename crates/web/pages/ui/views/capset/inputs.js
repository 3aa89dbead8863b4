// Inputs for drafts of values, by their types.

import { addRow, choices, give } from '../../../core/capset/form.js';
import { fill, h } from '../../element.js';
import { button, field } from '../../parts.js';
import { bytesInput } from './bytes-input.js';
import { capabilityInput } from './capability-input.js';
import { spans } from './doc.js';
import { tree } from './tree.js';

/**
 * What inputs have: the draft that they fill in, and where it is.
 * @typedef {{given: import('../capset.js').Given, schema: any, draft: any, path: string}} Place
 */

/** The members of a struct. @param {HTMLElement} root @param {Place & {at: number}} place */
export function inputs(root, { given, schema, draft, at, path }) {
  const type = schema.types[at];
  const fields = type?.fields ?? [];
  const always = fields.filter((/** @type {any} */ one) => !one.choice);
  if (fields.length === 0) return fill(root, h('p', { class: 'quiet' }, path ? 'It has no members.' : 'It takes no arguments.'));
  const make = (/** @type {any} */ one) => member(given, schema, one, draft.fields[one.name], path ? `${path}.${one.name}` : one.name);
  fill(root, always.map(make), choices(type).length > 0 && choice(given, schema, type, draft, path, make));
}

/** One of several members. @param {any} given @param {any} schema @param {any} type @param {any} draft @param {string} path @param {(one: any) => any} make */
function choice(given, schema, type, draft, path, make) {
  const all = choices(type);
  const chosen = h('div', { class: 'stack' });
  const select = h('select', { 'data-test': 'choice', 'data-key': path, onchange: () => { draft.choice = select.value; show(); } },
    h('option', { value: '' }, `${all[0].name}, as nothing else is said`), all.map((/** @type {any} */ one) => h('option', { value: one.name }, one.name)));
  select.value = draft.choice;
  show();
  return h('div', { class: 'stack tight' }, field(path ? 'Which of them' : 'Which', select, all.find((/** @type {any} */ one) => one.name === draft.choice)?.doc), chosen);

  function show() {
    const one = all.find((/** @type {any} */ each) => each.name === draft.choice);
    fill(chosen, one && make(one));
  }
}

/** @param {any} given @param {any} schema @param {any} one @param {any} draft @param {string} path */
function member(given, schema, one, draft, path) {
  const label = h('span', { class: 'capset-label' }, h('span', { class: 'mono' }, one.name), h('span', { class: 'quiet small' }, one.written));
  const words = [one.doc, draft.hint && `${draft.hint} where it is left empty.`].filter(Boolean).join(' ');
  return input({ given, schema, draft, path }, { label, hint: words && h('span', {}, spans(words)), otherwise: one.otherwise });
}

/** @param {Place} place @param {{label: any, hint?: any, otherwise?: any}} words @returns {any} */
function input(place, { label, hint, otherwise }) {
  const { draft, path } = place;
  const simple = { truth, number, text, name }[/** @type {string} */ (draft.is)];
  if (simple) return marked(path, simple(place, label, hint));
  switch (draft.is) {
    case 'bytes': return marked(path, bytesInput(place, label, hint));
    case 'list': return marked(path, list(place, label, hint, otherwise));
    case 'struct': return marked(path, struct(place, label, hint, otherwise));
    case 'cap': return marked(path, capabilityInput(place, label, hint));
    default: return h('div', { class: 'field' }, label, h('span', { class: 'quiet small' }, 'It has no value.'), hint && h('div', { class: 'hint' }, hint));
  }
}

/** @param {string} path @param {any} element */
function marked(path, element) {
  element.dataset.path = path;
  return element;
}

/** @param {Place} place @param {any} label @param {any} hint */
function truth({ draft, path }, label, hint) {
  const box = h('input', { type: 'checkbox', role: 'switch', class: 'switch', 'data-test': 'argument', 'data-key': path, onchange: () => { draft.value = box.checked; } });
  box.checked = draft.value;
  return h('div', { class: 'field' }, h('label', { class: 'row' }, box, label), hint && h('div', { class: 'hint' }, hint));
}

/** @param {Place} place @param {any} label @param {any} hint */
function number({ draft, path }, label, hint) {
  const is = h('input', { inputmode: draft.least === undefined ? 'decimal' : 'numeric', autocomplete: 'off', spellcheck: 'false', placeholder: draft.hint || '0', 'data-test': 'argument', 'data-key': path, oninput: () => { draft.text = is.value; } });
  is.value = draft.text;
  return field(label, is, hint);
}

/** @param {Place} place @param {any} label @param {any} hint */
function text({ draft, path }, label, hint) {
  const is = h('textarea', { rows: '1', class: 'grows', spellcheck: 'false', 'data-test': 'argument', 'data-key': path, oninput: () => { draft.text = is.value; } });
  is.value = draft.text;
  return field(label, is, hint);
}

/** @param {Place} place @param {any} label @param {any} hint */
function name({ draft, path, schema }, label, hint) {
  const values = schema.types[draft.at]?.values ?? [];
  const otherwise = draft.hint || values[0]?.name || '0';
  const select = h('select', { 'data-test': 'argument', 'data-key': path, onchange: () => { draft.name = select.value; tell(); } },
    h('option', { value: '' }, `${otherwise}, as nothing else is said`), values.map((/** @type {any} */ one) => h('option', { value: one.name }, one.name)));
  select.value = draft.name;
  const said = h('span', {});
  tell();
  return field(label, select, [hint && h('span', {}, hint, ' '), said]);

  function tell() {
    fill(said, spans(values.find((/** @type {any} */ one) => one.name === draft.name)?.doc ?? ''));
  }
}

/** @param {any} place @param {any} label @param {any} hint @param {any} body */
function group(place, label, hint, body) {
  return h('fieldset', { class: 'field capset-group' }, h('legend', {}, label), hint && h('div', { class: 'hint' }, hint), body);
}

/** @param {Place} place @param {any} label @param {any} hint @param {any} otherwise */
function list(place, label, hint, otherwise) {
  const { draft, path, schema } = place;
  const rows = h('div', { class: 'stack tight' });
  show();
  return group(place, label, hint, rows);

  function show() {
    const add = button({ label: 'Add', test: 'row-add', key: path, kind: 'small', icon: 'plus', run: () => { addRow(schema.types, draft); show(); } });
    const none = draft.has && draft.given && draft.rows.length === 0 && h('span', { class: 'quiet small' }, 'empty, not as the schema says');
    const back = draft.given && draft.rows.length === 0 && button({ label: 'Leave it out', test: 'list-leave', key: path, kind: 'small plain', run: () => { draft.given = false; show(); } });
    const says = draft.has && !draft.given && h('div', { class: 'stack tight' }, h('span', { class: 'quiet small' }, 'As the schema says:'), tree(place.given, otherwise));
    const clear = draft.has && !draft.given && button({ label: 'Nothing in it', test: 'list-clear', key: path, kind: 'small plain', run: () => { draft.given = true; show(); } });
    fill(rows, says, none, draft.rows.map(row), h('div', { class: 'row' }, add, clear, back));
  }

  /** @param {any} one @param {number} at */
  function row(one, at) {
    const within = input({ ...place, draft: one, path: `${path}[${at}]` }, { label: h('span', { class: 'mono' }, `[${at}]`) });
    const remove = button({ label: `Remove ${path}[${at}]`, test: 'row-remove', key: `${path}[${at}]`, bare: true, icon: 'close', run: () => { draft.rows.splice(at, 1); show(); } });
    return h('div', { class: 'capset-row' }, h('div', { class: 'grow' }, within), remove);
  }
}

/** @param {Place} place @param {any} label @param {any} hint @param {any} otherwise */
function struct(place, label, hint, otherwise) {
  const { draft, path, schema } = place;
  const inside = h('div', { class: 'stack' });
  show();
  return group(place, label, hint, inside);

  function show() {
    if (!draft.given) {
      const says = draft.has && h('div', { class: 'stack tight' }, h('span', { class: 'quiet small' }, 'As the schema says:'), tree(place.given, otherwise));
      return fill(inside, says, h('div', { class: 'row' }, button({ label: 'Fill it in', test: 'struct-give', key: path, kind: 'small', icon: 'plus', run: () => { give(schema.types, draft, true); show(); } }),
        !draft.has && h('span', { class: 'quiet small' }, 'left out')));
    }
    const members = h('div', { class: 'stack' });
    inputs(members, { ...place, at: draft.at });
    fill(inside, members, !draft.group && h('div', { class: 'row' }, button({ label: 'Leave it out', test: 'struct-leave', key: path, kind: 'small plain', run: () => { give(schema.types, draft, false); show(); } })));
  }
}

/** What a method gives, in words. @param {any} schema @param {any} method */
export function results(schema, method) {
  const fields = schema.types[method.results]?.fields ?? [];
  if (method.streaming || fields.length === 0) return false;
  return h('details', { class: 'capset-results' }, h('summary', { 'data-test': 'method-results' }, `Gives ${fields.map((/** @type {any} */ one) => one.name).join(', ')}`),
    h('dl', {}, fields.map((/** @type {any} */ one) => [h('dt', {}, h('span', { class: 'mono' }, one.name), ' ', h('span', { class: 'small' }, one.written)), h('dd', {}, one.doc ? spans(one.doc) : h('span', { class: 'quiet' }, 'Its schema says nothing of it.'))])));
}
