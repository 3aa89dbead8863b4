// The part of a terminal's lines that is in view: the screen itself, or what has left it. It scrolls as the page does.

import { h } from '../element.js';
import { BLANK } from '../../core/reducers/terminal.js';
import { Grid } from './grid.js';
import { fit, measure } from './measure.js';

/**
 * @typedef {import('../../core/reducers/terminal.js').Screen} Screen
 * @typedef {import('../../core/reducers/terminal.js').Line} Line
 *
 * @typedef {object} Source
 * @property {(at: number) => Line | undefined} above a line that has left the screen, counted from the oldest; nothing where it is not known
 * @property {(from: number, to: number) => void} need has such lines known
 * @property {(from: number, to: number) => {line: number, from: number, to: number, kind: string}[]} marks
 * @property {() => boolean} hasFocus
 * @property {(box: {columns: number, rows: number}) => void} fits told when there is room for another number of letters
 */

/** A window on a terminal's lines. */
export class Viewport {
  /** @param {Source} source @param {string} label */
  constructor(source, label) {
    this.source = source;
    this.grid = new Grid();
    this.space = h('div', { class: 'terminal-space' }, this.grid.element);
    this.element = h('div', { class: 'terminal-scroll', role: 'group', 'aria-label': label, tabindex: '-1', onscroll: () => this.scrolled() }, this.space);
    /** @type {Screen | undefined} */
    this.screen = undefined;
    this.cell = { width: 8, height: 16 };
    this.box = { columns: 0, rows: 0 };
    this.follows = true;
    this.top = 0;
    this.set = 0;
    this.due = 0;
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this.element);
    this.themes = new MutationObserver(() => this.draw());
    this.themes.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  }

  /** Lines above the screen. */
  get total() {
    return this.screen && !this.screen.status.modes.alternate ? this.screen.status.scrollback : 0;
  }

  measure() {
    if (!this.element.isConnected || !this.element.clientHeight) return;
    this.cell = measure(this.element);
    const style = getComputedStyle(this.element);
    const pad = parseFloat(style.paddingInlineStart) + parseFloat(style.paddingInlineEnd);
    const box = fit(this.element.clientWidth - pad, this.element.clientHeight, this.cell);
    if (box.columns !== this.box.columns || box.rows !== this.box.rows) {
      this.box = box;
      this.source.fits(box);
    }
    this.draw();
  }

  /** @param {Screen} screen */
  show(screen) {
    this.screen = screen;
    this.draw();
  }

  /** Draws what there is before the next picture of the display. */
  draw() {
    this.due ||= requestAnimationFrame(() => {
      this.due = 0;
      this.drawNow();
    });
  }

  drawNow() {
    const { screen, total } = this;
    if (!screen || !this.element.isConnected) return;
    const { rows, columns, cursor } = screen.status;
    const room = Math.max(rows * this.cell.height, this.element.clientHeight);
    this.space.style.setProperty('height', `${total * this.cell.height + room}px`);
    this.grid.widen(columns);
    // A screen that is taller than its pane is shown where something is typed.
    const below = Math.max((cursor.row + 1) * this.cell.height - this.element.clientHeight, 0);
    if (this.follows) this.place(total * this.cell.height + below);
    this.top = Math.min(Math.round(this.element.scrollTop / this.cell.height), total);
    if (this.follows) this.top = total;
    this.grid.draw(this.lines(screen, rows));
    const row = cursor.row + total - this.top;
    this.grid.point(row < rows ? { ...cursor, row } : undefined, this.source.hasFocus());
    this.grid.mark(this.source.marks(this.top, this.top + rows).map(({ line, ...mark }) => ({ ...mark, row: line - this.top })));
  }

  /** @param {Screen} screen @param {number} rows @returns {Line[]} */
  lines(screen, rows) {
    const lines = [];
    let isMissing = false;
    for (let at = this.top; at < this.top + rows; at += 1) {
      const line = at < this.total ? this.source.above(at) : screen.lines[at - this.total] ?? BLANK;
      isMissing ||= !line;
      lines.push(line ?? BLANK);
    }
    if (isMissing) this.source.need(this.top, this.top + rows);
    return lines;
  }

  /** The line of that number, from the oldest. @param {number} at @returns {Line} */
  line(at) {
    return (at < this.total ? this.source.above(at) : this.screen?.lines[at - this.total]) ?? BLANK;
  }

  /** @param {number} to */
  place(to) {
    this.element.scrollTop = to;
    this.set = this.element.scrollTop;
  }

  scrolled() {
    if (Math.abs(this.element.scrollTop - this.set) < 1) return;
    this.set = this.element.scrollTop;
    this.follows = this.element.scrollTop >= (this.total - 0.5) * this.cell.height;
    this.draw();
  }

  /** Scrolls so many lines; or so that a line is in view. @param {number} lines */
  by(lines) {
    this.to(this.top + lines);
  }

  /** @param {number} line */
  to(line) {
    const top = Math.min(Math.max(line, 0), this.total);
    this.follows = top >= this.total;
    this.top = top;
    this.place(top * this.cell.height);
    this.draw();
  }

  /** @param {number} line */
  reveal(line) {
    const rows = this.screen?.status.rows ?? 1;
    if (line < this.top || line >= this.top + rows) this.to(line - Math.floor(rows / 2));
    else this.draw();
  }

  follow() {
    this.follows = true;
    this.draw();
  }

  /** The place under a point. @param {{clientX: number, clientY: number}} point */
  at(point) {
    const { row, column } = this.grid.at(point, this.cell);
    return { row, column, line: this.top + row };
  }

  close() {
    this.observer.disconnect();
    this.themes.disconnect();
    cancelAnimationFrame(this.due);
  }
}
