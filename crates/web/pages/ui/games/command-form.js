// A described command as a form: what it takes as inputs, and a button that asks for it.

import { given, obstacle, shape } from '../../core/described.js';
import { fill, h } from '../element.js';
import { button } from '../parts.js';

let lists = 0;

/**
 * @typedef {import('../../core/described.js').Command} Command
 * @typedef {import('../../core/described.js').Parameter} Parameter
 *
 * @param {Command} spec
 * @param {{run: (spec: Command, args: import('../../core/described.js').Argument[]) => any, test: string, kind?: string, initial?: Record<string, string | number>}} more
 * `initial` is what inputs begin with
 * @returns {{element: any, show: (spec: Command) => void}} `show` shows the command as it is by now, and keeps what was typed
 */
export function commandForm(spec, { run, test, kind = 'small', initial = {} }) {
  /** @type {Map<string, {input: any, show: (parameter: Parameter) => void}>} */
  let inputs = new Map();
  let now = spec;
  const takes = h('span', { class: 'row takes' });
  const press = button({ label: spec.label, run: () => run(now, given(now, read)), test, kind, key: spec.name, title: spec.summary, submit: true });
  const all = button({ label: 'All', run: () => run(now, given(now, readMost)), test: `${test}-most`, kind: 'small plain', key: spec.name });
  const element = h('form', { class: 'command', 'data-key': spec.name, 'aria-label': spec.label, onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, takes, press, all);
  build();
  show(spec);
  return { element, show };

  function build() {
    inputs = new Map(now.parameters.map((parameter) => [parameter.name, control(parameter, initial[parameter.name], test)]));
    fill(takes, [...inputs.values()].map(({ input }) => input));
  }

  /** @param {Command} next */
  function show(next) {
    const is = shape(next) === shape(now);
    now = next;
    if (!is) build();
    for (const parameter of now.parameters) inputs.get(parameter.name)?.show(parameter);
    const why = obstacle(now);
    if (press.why !== why) {
      press.disable(why);
      press.why = why;
    }
    takes.hidden = Boolean(why) || now.parameters.length === 0;
    all.hidden = Boolean(why) || most() < 2;
  }

  /** What can be had at once, where a command takes a count. */
  function most() {
    const values = now.parameters.find(({ name }) => name === 'count')?.values;
    return values?.kind === 'integer' ? values.most : 0;
  }

  /** @param {Parameter} parameter */
  function read({ name, values }) {
    const { input } = /** @type {any} */ (inputs.get(name));
    const control = input.matches('input, select') ? input : input.querySelector('input, select');
    return values.kind === 'boolean' ? control.checked : control.value;
  }

  /** @param {Parameter} parameter */
  function readMost(parameter) {
    return parameter.name === 'count' ? String(most()) : read(parameter);
  }
}

/** @param {Parameter} parameter @param {string | number | undefined} initial @param {string} test */
function control(parameter, initial, test) {
  const names = { 'aria-label': parameter.label || parameter.name, title: parameter.summary || undefined, 'data-test': `${test}-${parameter.name}`, name: parameter.name };
  switch (parameter.values.kind) {
    case 'integer': return integer(names, parameter, initial);
    case 'boolean': return yesOrNo(names, parameter);
    case 'choice': return choice(names, parameter);
    default: return words(names, parameter);
  }
}

/** @param {any} names @param {Parameter} parameter @param {string | number | undefined} initial */
function integer(names, parameter, initial) {
  const input = h('input', { ...names, type: 'number', step: 1, inputmode: 'numeric', value: initial ?? (parameter.optional ? 1 : '') });
  return { input, show };

  /** @param {Parameter} now */
  function show({ values }) {
    if (values.kind !== 'integer') return;
    [input.min, input.max] = [String(values.least), String(values.most)];
    if (input.value === '' && document.activeElement !== input) input.value = String(values.least);
  }
}

/** @param {any} names @param {Parameter} parameter */
function yesOrNo(names, parameter) {
  const input = h('input', { ...names, type: 'checkbox', class: 'switch', role: 'switch', checked: true });
  return { input: h('label', { class: 'row' }, input, h('span', {}, parameter.label)), show: () => {} };
}

/** @param {any} names @param {Parameter} parameter */
function choice(names, parameter) {
  const input = h('select', names);
  let shown = '';
  return { input, show };

  /** @param {Parameter} now */
  function show({ values }) {
    if (values.kind !== 'choice') return;
    const next = JSON.stringify(values.choices);
    if (next === shown) return;
    shown = next;
    const before = input.value;
    fill(input, parameter.optional && h('option', { value: '' }, '—'), values.choices.map(({ value, label }) => h('option', { value }, label)));
    if (values.choices.some(({ value }) => value === before)) input.value = before;
  }
}

/** @param {any} names @param {Parameter} parameter */
function words(names, parameter) {
  const id = `suggestions-${lists += 1}`;
  const list = h('datalist', { id });
  const input = h('input', { ...names, list: id, autocomplete: 'off', spellcheck: 'false', placeholder: `${parameter.label || parameter.name}${parameter.optional ? ' (may be left out)' : ''}` });
  return { input: h('span', { class: 'words' }, input, list), show };

  /** @param {Parameter} now */
  function show({ values }) {
    if (values.kind === 'text') input.maxLength = values.most || 1024;
    if (values.kind !== 'suggestion') return;
    fill(list, values.choices.map(({ value, label }) => h('option', { value }, label)));
    if (values.choices.length > 0 && !parameter.optional && input.value === '' && document.activeElement !== input) input.value = values.choices[0].value;
  }
}
