// What a service describes as its commands, as buttons and inputs; any view can have them.

import { groups } from '../core/commands.js';
import { commandForm } from './commands/form.js';
import { each, fill, h } from './element.js';
import { problem, waiting } from './parts.js';

export { commandForm } from './commands/form.js';

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
    const drawRows = each(rows, (/** @type {any} */ one) => one.name, (one) => commandForm(one, { run, test: 'command-run' }));
    const root = h('section', { class: 'panel', 'aria-label': first.name || 'Commands' }, first.name && h('h3', {}, first.name), rows);
    drawRows(first.commands);
    return { element: root, show: (/** @type {any} */ next) => drawRows(next.commands) };
  }

  /** @param {import('../core/commands.js').Command} spec @param {import('../core/commands.js').Argument[]} given */
  async function run(spec, given) {
    fill(outcome);
    const found = await api.once('commands', 'run', { surface: name, command: spec.name, arguments: given });
    const words = found.text || (found.done ? 'Done.' : 'It was not done.');
    fill(outcome, h('pre', { class: found.done ? 'note' : 'problem' }, words));
    announce(words);
  }
}
