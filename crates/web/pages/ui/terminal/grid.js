// Lines of a screen as elements: only what has changed is made anew.

import { h } from '../element.js';
import { look, parse } from '../../core/terminal/colours.js';
import { cellAt } from '../../core/terminal/lines.js';
import { BLANK } from '../../core/reducers/terminal.js';

/**
 * @typedef {import('../../core/reducers/terminal.js').Line} Line
 * @typedef {import('../../core/reducers/terminal.js').Cursor} Cursor
 * @typedef {{row: number, from: number, to: number, kind: string}} Mark
 */

/** A grid of letters with a cursor and marks over it. */
export class Grid {
  constructor() {
    this.rows = h('div', { class: 'terminal-rows' });
    this.marks = h('div', { class: 'terminal-marks', 'aria-hidden': 'true' });
    this.cursor = h('div', { class: 'terminal-cursor', 'aria-hidden': 'true' });
    this.element = h('div', { class: 'terminal-grid' }, this.marks, this.rows, this.cursor);
    /** What each row shows. @type {Line[]} */
    this.lines = [];
    this.marked = '';
    /** @type {import('../../core/terminal/colours.js').Palette | undefined} */
    this.palette = undefined;
    this.theme = '';
    this.pointed = '';
  }

  /** @param {Line[]} lines */
  draw(lines) {
    this.dress();
    this.move(lines);
    while (this.lines.length > lines.length) {
      this.lines.pop();
      this.rows.lastElementChild?.remove();
    }
    lines.forEach((line, row) => {
      if (this.lines[row] === line) return;
      let element = this.rows.children[row];
      if (!element) {
        element = h('div', { class: 'terminal-row' });
        this.rows.append(element);
      }
      fillRow(element, line, this.palette);
      this.lines[row] = line;
    });
  }

  /** Another theme has other colours to be read on. */
  dress() {
    const theme = document.documentElement.dataset.theme ?? '';
    if (theme === this.theme) return;
    this.theme = theme;
    const style = getComputedStyle(this.element);
    this.palette = [...Array(16).keys(), 'text', 'ground'].map((name) => parse(style.getPropertyValue(`--term-${name}`)));
    this.lines = [];
    this.rows.replaceChildren();
  }

  /** Rows whose lines have only moved are moved. @param {Line[]} lines */
  move(lines) {
    const by = lines.length ? this.lines.indexOf(lines[0]) : -1;
    if (by <= 0 || lines[0] === BLANK || this.lines[by + 1] !== lines[1]) return;
    for (let count = 0; count < by; count += 1) {
      this.rows.append(/** @type {Element} */ (this.rows.firstElementChild));
      this.lines.push(/** @type {Line} */ (this.lines.shift()));
    }
  }

  /** @param {number} columns */
  widen(columns) {
    this.element.style.setProperty('--columns', String(columns));
  }

  /** Puts the cursor there; nowhere without one. @param {Cursor | undefined} cursor @param {boolean} hasFocus */
  point(cursor, hasFocus) {
    const isShown = Boolean(cursor?.visible);
    const { text, places, at } = cursor && isShown ? cellAt(this.lines[cursor.row] ?? BLANK, cursor.column) : { text: ' ', places: 1, at: 0 };
    const pointed = `${isShown} ${cursor?.row} ${at} ${places} ${cursor?.shape} ${hasFocus} ${text}`;
    if (pointed === this.pointed) return;
    this.pointed = pointed;
    this.cursor.hidden = !isShown;
    // Where compositions are written, too.
    this.element.style.setProperty('--cursor-row', String(cursor?.row ?? 0));
    this.element.style.setProperty('--cursor-column', String(isShown ? at : cursor?.column ?? 0));
    if (!cursor || !isShown) return;
    this.cursor.className = `terminal-cursor ${cursor.shape}${hasFocus ? ' focused' : ''}`;
    this.cursor.textContent = cursor.shape === 'block' && hasFocus ? text : '';
    this.cursor.style.setProperty('--row', String(cursor.row));
    this.cursor.style.setProperty('--column', String(at));
    this.cursor.style.setProperty('--places', String(places));
  }

  /** @param {Mark[]} marks */
  mark(marks) {
    const marked = JSON.stringify(marks);
    if (marked === this.marked) return;
    this.marked = marked;
    this.marks.replaceChildren(...marks.map(({ row, from, to, kind }) => {
      const mark = h('div', { class: `terminal-mark ${kind}` });
      mark.style.setProperty('--row', String(row));
      mark.style.setProperty('--column', String(from));
      mark.style.setProperty('--places', String(to - from));
      return mark;
    }));
  }

  /** The place under a point of the window. @param {{clientX: number, clientY: number}} point @param {import('./measure.js').Cell} cell */
  at(point, cell) {
    const box = this.element.getBoundingClientRect();
    return { row: Math.floor((point.clientY - box.top) / cell.height), column: (point.clientX - box.left) / cell.width };
  }
}

/** @param {Element} element @param {Line} line @param {import('../../core/terminal/colours.js').Palette} [palette] */
function fillRow(element, line, palette) {
  element.replaceChildren(...line.runs.map((run) => {
    const { text, ground, classes } = look(run, palette);
    if (!text && !ground && !classes && run.w === undefined) return run.t;
    const span = document.createElement('span');
    span.textContent = run.t;
    if (text) span.style.color = text;
    if (ground) span.style.backgroundColor = ground;
    if (run.w !== undefined) span.style.setProperty('--places', String(run.w));
    span.className = run.w === undefined ? classes : `placed ${classes}`;
    return span;
  }));
}
