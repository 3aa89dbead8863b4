// A terminal for people who hear it: lines that change are said.

import { h } from '../element.js';
import { textOf } from '../../core/terminal/lines.js';

/** What writes without end is not said line by line. */
const LINES = 12;
const KEPT = 40;
/** A program that draws is let finish first, in milliseconds. */
const MOMENT = 250;

/** Says what changes, while it is on. */
export class Reader {
  constructor() {
    this.element = h('div', { class: 'out-of-sight', role: 'log', 'aria-live': 'polite', 'aria-label': 'What the terminal shows', 'data-test': 'terminal-read' });
    this.isOn = false;
    this.timer = 0;
    /** @type {Map<number, string>} */
    this.lines = new Map();
    this.before = '';
  }

  /** @returns {boolean} */
  flip() {
    this.isOn = !this.isOn;
    if (!this.isOn) this.element.replaceChildren();
    return this.isOn;
  }

  /** @param {import('../../core/reducers/terminal.js').Screen} screen @param {import('../../core/reducers/terminal.js').Frame | undefined} frame */
  hear(screen, frame) {
    if (!this.isOn) return;
    const lines = frame ? frame.lines.map(({ row, line }) => /** @type {const} */ ([row, line])) : screen.lines.map((line, row) => /** @type {const} */ ([row, line]));
    for (const [row, line] of lines) {
      const text = textOf(line).trim();
      if (text) this.lines.set(row, text);
      else this.lines.delete(row);
    }
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.say(), MOMENT);
  }

  say() {
    const lines = [...this.lines].sort(([a], [b]) => a - b).map(([, text]) => text).slice(-LINES);
    this.lines.clear();
    const text = lines.join('\n');
    if (!text || text === this.before) return;
    this.before = text;
    this.element.append(...lines.map((line) => h('p', {}, line)));
    while (this.element.childElementCount > KEPT) this.element.firstElementChild?.remove();
  }

  close() {
    clearTimeout(this.timer);
  }
}
