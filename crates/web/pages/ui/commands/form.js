// A described command as a form: what it takes as inputs, and a button that asks for it.

import { given, most, obstacle, shape, titleOf, Wrong } from '../../core/commands.js';
import { fill, h } from '../element.js';
import { button, field, toggle } from '../parts.js';
import { control } from './control.js';

/**
 * @typedef {import('../../core/commands.js').Command} Command
 * @typedef {import('../../core/commands.js').Parameter} Parameter
 *
 * @param {Command} spec
 * @param {{run: (spec: Command, args: import('../../core/commands.js').Argument[]) => any, test: string, kind?: string, compact?: boolean, initial?: Record<string, string | number>}} more
 * `compact` is for a form of one line, whose inputs begin with what is most likely meant; `initial` is what they begin with
 * @returns {{element: any, show: (spec: Command) => void}} `show` shows the command as it is by now, and keeps what was typed
 */
export function commandForm(spec, { run, test, compact = false, kind = compact ? 'small' : '', initial = {} }) {
  /** @type {Map<string, import('./control.js').Control>} */
  let controls = new Map();
  let now = spec;
  const takes = h(compact ? 'span' : 'div', { class: compact ? 'row takes' : 'commands-inputs' });
  const press = button({ label: titleOf(spec), run: () => send(read), test, kind, key: spec.name, title: compact ? spec.summary : undefined, submit: true });
  const all = button({ label: 'All', run: () => send(readMost), test: `${test}-most`, kind: 'small plain', key: spec.name });
  const about = h('p', { class: 'quiet small' });
  const element = h('form', {
    class: compact ? 'command compact' : 'command', 'data-key': spec.name, 'aria-label': titleOf(spec), novalidate: true,
    onsubmit: (/** @type {Event} */ event) => event.preventDefault(),
  }, takes, press, compact ? all : about);
  build();
  show(spec);
  return { element, show };

  /** What was typed stays, where it is still asked for. */
  function build() {
    const before = controls;
    controls = new Map(now.parameters.map((parameter) => [parameter.name, control(parameter, { compact, initial: initial[parameter.name], test: `${test}-${parameter.name}` })]));
    for (const [name, { read: typed }] of before) controls.get(name)?.write(typed());
    fill(takes, now.parameters.map((parameter) => labelled(parameter, /** @type {any} */ (controls.get(parameter.name)))));
  }

  /** @param {Parameter} parameter @param {import('./control.js').Control} one */
  function labelled(parameter, { element: it, input }) {
    const title = titleOf(parameter);
    if (input.type === 'checkbox') return toggle(title, input);
    if (compact) return it;
    return field(parameter.optional ? `${title} (optional)` : title, it, parameter.summary !== title && parameter.summary);
  }

  /** @param {Command} next */
  function show(next) {
    const is = shape(next) === shape(now);
    now = next;
    if (!is) build();
    for (const parameter of now.parameters) controls.get(parameter.name)?.show(parameter);
    if (about.textContent !== now.summary) fill(about, now.summary);
    const why = obstacle(now);
    if (press.why !== why) {
      press.disable(why);
      press.why = why;
    }
    takes.hidden = Boolean(why) || now.parameters.length === 0;
    all.hidden = Boolean(why) || !most(now);
  }

  /** @param {Parameter} parameter */
  function read({ name }) {
    return controls.get(name)?.read() ?? '';
  }

  /** @param {Parameter} parameter */
  function readMost(parameter) {
    return parameter.name === 'count' ? most(now) : read(parameter);
  }

  /** @param {(parameter: Parameter) => string | boolean} from */
  async function send(from) {
    for (const { input } of controls.values()) input.removeAttribute('aria-invalid');
    await run(now, asked(from));
  }

  /** What is wrong is marked where it was typed. @param {(parameter: Parameter) => string | boolean} from */
  function asked(from) {
    try {
      return given(now, from);
    } catch (error) {
      const input = error instanceof Wrong && controls.get(error.parameter)?.input;
      if (input) {
        input.setAttribute('aria-invalid', 'true');
        input.focus();
      }
      throw error;
    }
  }
}
