// Pasting: more than a line is looked at first.

import { h } from '../element.js';
import { dialog } from '../parts.js';
import { encodePaste, isRisky } from '../../core/terminal/paste.js';

/** What is shown of it. */
const LETTERS = 4000;

/** @param {string} text @param {import('../../core/reducers/terminal.js').Modes} modes @param {(encoded: string) => void} type @param {() => void} left */
export function paste(text, modes, type, left) {
  if (!text) return;
  if (!isRisky(text, modes)) return type(encodePaste(text, modes));
  const lines = text.replace(/[\r\n]+$/, '').split(/\r\n|\r|\n/).length;
  const body = h('div', { class: 'stack tight' },
    h('p', {}, `This is ${lines === 1 ? 'a line with its end' : `${lines} lines`}: a program may do what each of them says as soon as it is pasted.`),
    h('pre', { class: 'terminal-pasted', tabindex: '0' }, text.length > LETTERS ? `${text.slice(0, LETTERS)}…` : text));
  dialog({
    title: 'Paste into the terminal?', body, closed: left,
    actions: [{ label: 'Paste', kind: 'primary', test: 'terminal-paste', run: () => type(encodePaste(text, modes)) }],
  });
}
