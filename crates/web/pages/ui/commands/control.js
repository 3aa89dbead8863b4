// An input for one thing that a command takes.

import { isSafe, titleOf } from '../../core/commands.js';
import { fill, h } from '../element.js';

/**
 * @typedef {import('../../core/commands.js').Parameter} Parameter
 * @typedef {{element: any, input: any, read: () => string | boolean, write: (value: string | boolean) => void, show: (parameter: Parameter) => void}} Control
 * `show` shows what can be chosen by now
 * @typedef {{compact: boolean, initial?: string | number, test: string}} More
 */

let lists = 0;

/** @param {Parameter} parameter @param {More} more @returns {Control} */
export function control(parameter, more) {
  const names = { 'data-test': more.test, name: parameter.name, autocomplete: 'off', ...more.compact && { 'aria-label': titleOf(parameter), title: parameter.summary || undefined } };
  switch (parameter.values.kind) {
    case 'integer': return integer(names, parameter, more);
    case 'boolean': return yesOrNo(names, more);
    case 'choice': return choice(names, parameter);
    default: return words(names, parameter, more);
  }
}

/** One whose value is its element's. @param {any} input @param {(parameter: Parameter) => void} show @param {any} [element] @returns {Control} */
function plain(input, show, element = input) {
  return { element, input, show, read: () => input.value, write: (value) => { input.value = String(value); } };
}

/** @param {any} names @param {Parameter} parameter @param {More} more */
function integer(names, { optional, values }, { compact, initial }) {
  // A number's own input has arrows, and no place for what a browser's numbers do not hold.
  const kind = values.kind === 'integer' && isSafe(values) ? { type: 'number', step: 1 } : {};
  const input = h('input', { ...names, ...kind, inputmode: 'numeric', value: initial ?? (compact && optional ? 1 : '') });
  return plain(input, show);

  /** @param {Parameter} now */
  function show({ values: range }) {
    if (range.kind !== 'integer') return;
    if (kind.type) [input.min, input.max] = [range.least, range.most];
    if (compact && input.value === '' && document.activeElement !== input) input.value = range.least;
  }
}

/** @param {any} names @param {More} more @returns {Control} */
function yesOrNo(names, { compact }) {
  const { 'aria-label': _, ...rest } = names;
  const input = h('input', { ...rest, type: 'checkbox' });
  input.checked = compact;
  return { element: input, input, read: () => input.checked, write: (value) => { input.checked = value === true; }, show: () => {} };
}

/** @param {any} names @param {Parameter} parameter @returns {Control} */
function choice(names, { optional }) {
  const input = h('select', names);
  let shown = '';
  /** What is to be chosen once it can be. */
  let wish = '';
  return { ...plain(input, show), write };

  /** @param {string | boolean} value */
  function write(value) {
    const has = [...input.options].some((option) => option.value === value);
    if (has) input.value = value;
    else wish = String(value);
  }

  /** @param {Parameter} now */
  function show({ values }) {
    if (values.kind !== 'choice') return;
    const next = JSON.stringify(values.choices);
    if (next === shown) return;
    shown = next;
    const before = wish || input.value;
    wish = '';
    fill(input, optional && h('option', { value: '' }, '—'), values.choices.map(({ value, label }) => h('option', { value }, label)));
    if (values.choices.some(({ value }) => value === before)) input.value = before;
  }
}

/** @param {any} names @param {Parameter} parameter @param {More} more */
function words(names, { name, label, optional }, { compact }) {
  const id = `suggestions-${lists += 1}`;
  const list = h('datalist', { id });
  const placeholder = compact ? `${label || name}${optional ? ' (may be left out)' : ''}` : undefined;
  const input = h('input', { ...names, list: id, spellcheck: 'false', placeholder });
  return plain(input, show, h('span', { class: 'words' }, input, list));

  /** @param {Parameter} now */
  function show({ values }) {
    if (values.kind !== 'suggestion') return;
    fill(list, values.choices.map(({ value, label: title }) => h('option', { value }, title)));
    const isFree = input.value === '' && document.activeElement !== input;
    if (compact && values.choices.length > 0 && !optional && isFree) input.value = values.choices[0].value;
  }
}
