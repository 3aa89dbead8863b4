// Opening a terminal.

import { h } from '../element.js';
import { dialog, field, problem } from '../parts.js';
import { words } from '../../core/terminal/words.js';

/** @typedef {{columns: number, rows: number}} Size */
/** @typedef {{command?: string[], title?: string}} What */

/** Opens a login shell, or a command. @param {import('../views.js').Context} context @param {Size} size @param {What} [what] @returns {Promise<string>} its key */
export async function open(context, size, { command = [], title = '' } = {}) {
  const { terminal } = await context.api.once('terminals', 'open', { command, title, size });
  return terminal;
}

/** Asks what to open. @param {(what: What) => Promise<void>} openOne */
export function openWith(openOne) {
  const command = h('input', { 'data-test': 'terminal-command', spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off', placeholder: 'Your login shell', class: 'mono' });
  const title = h('input', { 'data-test': 'terminal-title', autocomplete: 'off', placeholder: 'What the program calls itself' });
  const refused = h('div', {});
  const go = async () => {
    refused.replaceChildren();
    try {
      await openOne({ command: words(command.value), title: title.value.trim() });
    } catch (error) {
      refused.append(problem(/** @type {any} */ (error)));
      return false;
    }
    return true;
  };
  const form = h('form', {
    class: 'stack', onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      /** @type {HTMLElement | null} */ (shown.element.querySelector('[data-test="terminal-open-now"]'))?.click();
    },
  },
  field('Command', command, 'A program and its arguments; empty for your login shell. Quotation marks keep words together.'),
  field('Title', title, 'Until the program sets one.'), refused,
  // With it, Enter in a field opens.
  h('input', { type: 'submit', hidden: true }));
  const shown = dialog({ title: 'Open a terminal', body: form, actions: [{ label: 'Open', kind: 'primary', test: 'terminal-open-now', run: go }] });
  command.focus();
}
