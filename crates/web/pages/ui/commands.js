// Buttons and inputs for what a service describes as its commands; any view can have them.

import { choiceTitle, given, groups, titleOf, whyNot } from '../core/commands.js';
import { each, fill, h } from './element.js';
import { button, field, problem, toggle, waiting } from './parts.js';

/**
 * The commands of one grant, live for as long as `close` is not called.
 * @param {import('./views.js').Context} context @param {string} name of the grant
 * @returns {{element: any, close: () => void}}
 */
export function commands({ api, store, want, announce }, name) {
  const topic = `commands/${name}`;
  const status = h('pre', { class: 'panel commands-status', 'data-test': 'commands-status', tabindex: '0', 'aria-label': 'Where things stand' });
  const [title, trouble, wait] = [h('h2', {}), h('div', {}), h('div', {})];
  const outcome = h('div', { role: 'status', 'data-test': 'commands-outcome' });
  const list = h('div', { class: 'stack' });
  const draw = each(list, (/** @type {any} */ group) => group.name, group);
  const element = h('div', { class: 'stack commands' }, title, trouble, wait, status, outcome, list);
  const stops = [want(topic), store.watch(topic, show)];
  return { element, close: () => { for (const stop of stops) stop(); } };

  /** @param {any} view */
  function show(view) {
    const menu = view?.menu;
    fill(trouble, view?.problem && problem(view.problem));
    fill(wait, !menu && !view?.problem && waiting());
    status.hidden = !menu?.status;
    title.hidden = !menu?.title;
    if (!menu) return;
    if (title.textContent !== menu.title) fill(title, menu.title);
    if (status.textContent !== menu.status) fill(status, menu.status);
    draw(groups(menu.commands));
  }

  /** @param {{name: string, commands: import('../core/commands.js').Command[]}} first */
  function group(first) {
    const rows = h('div', { class: 'commands-list' });
    const drawRows = each(rows, (/** @type {any} */ one) => one.name, (one) => command(one, run));
    const root = h('section', { class: 'panel', 'aria-label': first.name || 'Commands' }, first.name && h('h3', {}, first.name), rows);
    drawRows(first.commands);
    return { element: root, show: (/** @type {any} */ next) => drawRows(next.commands) };
  }

  /** @param {string} what @param {any[]} given */
  async function run(what, given) {
    fill(outcome);
    const found = await api.once('commands', 'run', { surface: name, command: what, arguments: given });
    const words = found.text || (found.done ? 'Done.' : 'It was not done.');
    fill(outcome, h('pre', { class: found.done ? 'note' : 'problem' }, words));
    announce(words);
  }
}

/** One command, with a control for each thing that it takes. @param {import('../core/commands.js').Command} first @param {(what: string, given: any[]) => Promise<void>} run */
function command(first, run) {
  let now = first;
  const controls = /** @type {Map<string, any>} */ (new Map());
  const inputs = h('div', { class: 'commands-inputs' });
  const go = button({ label: titleOf(first), test: 'command-run', key: first.name, submit: true, run: send });
  const about = h('p', { class: 'quiet small' });
  const element = h('form', { class: 'command', 'data-test': 'command', 'data-key': first.name, novalidate: true, onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, inputs, go, about);
  let shape = '';
  show(first);
  return { element, show };

  /** @param {import('../core/commands.js').Command} next */
  function show(next) {
    now = next;
    fill(about, next.summary);
    go.disable(whyNot(next));
    const is = JSON.stringify(next.parameters);
    if (is !== shape) draw();
    shape = is;
  }

  /** What was typed stays, where the control is still there. */
  function draw() {
    const before = held();
    controls.clear();
    fill(inputs, now.parameters.map((one) => {
      const control = controlOf(one, `${now.name}-${one.name}`);
      const value = before[one.name];
      if (control.type === 'checkbox') control.checked = value === true;
      else if (value !== undefined && (control.tagName !== 'SELECT' || [...control.options].some((/** @type {any} */ option) => option.value === value))) control.value = value;
      controls.set(one.name, control);
      const title = `${titleOf(one)}${one.optional ? ' (optional)' : ''}`;
      if (control.type === 'checkbox') return toggle(title, control);
      return field(title, control.list ?? control.dataset.list ? h('div', {}, control, listOf(one, control)) : control, one.summary !== titleOf(one) && one.summary);
    }));
  }

  function held() {
    return Object.fromEntries([...controls].map(([name, control]) => [name, control.type === 'checkbox' ? control.checked : control.value]));
  }

  async function send() {
    for (const control of controls.values()) control.removeAttribute('aria-invalid');
    const { arguments: all, wrong } = given(now, held());
    if (wrong) {
      const control = controls.get(wrong.name);
      control?.setAttribute('aria-invalid', 'true');
      control?.focus();
      throw new Error(wrong.why);
    }
    await run(now.name, all);
  }
}

let lists = 0;

/** @param {import('../core/commands.js').Parameter} parameter @param {string} key @returns {any} */
function controlOf({ optional, values }, key) {
  const named = { 'data-test': 'command-input', 'data-key': key };
  if (values.kind === 'boolean') return h('input', { type: 'checkbox', ...named });
  if (values.kind === 'choice') {
    return h('select', named, optional && h('option', { value: '' }, '—'), values.choices.map((choice) => h('option', { value: choice.value }, choiceTitle(choice))));
  }
  if (values.kind === 'suggestion') return h('input', { ...named, autocomplete: 'off', list: `suggested-${lists += 1}`, 'data-list': 'yes' });
  return h('input', { ...named, autocomplete: 'off', inputmode: values.kind === 'integer' ? 'numeric' : undefined });
}

/** @param {import('../core/commands.js').Parameter} parameter @param {any} control */
function listOf({ values }, control) {
  const choices = values.kind === 'suggestion' ? values.choices : [];
  return h('datalist', { id: control.getAttribute('list') }, choices.map((choice) => h('option', { value: choice.value }, choiceTitle(choice))));
}
