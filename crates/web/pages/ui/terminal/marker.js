// Selecting in a terminal, with a mouse or with keys, and copying what was selected.

import { Selection, isBefore, lineAt, wordAt } from '../../core/terminal/selection.js';
import { widthOf } from '../../core/terminal/lines.js';

/**
 * @typedef {import('./viewport.js').Viewport} Viewport
 * @typedef {import('../../core/terminal/selection.js').Place} Place
 */

/** What is selected in one terminal. */
export class Marker {
  /** @param {Viewport} viewport @param {import('../../core/terminal/history.js').History} history @param {() => void} changed */
  constructor(viewport, history, changed) {
    this.viewport = viewport;
    this.history = history;
    this.changed = changed;
    /** @type {Selection | undefined} */
    this.selection = undefined;
    /** The word or line that a selection began with. @type {Selection | undefined} */
    this.unit = undefined;
    this.clicks = 1;
    /** Where keys select from; none while they are the program's. @type {Place | undefined} */
    this.point = undefined;
  }

  get columns() { return this.viewport.screen?.status.columns ?? 80; }

  get last() { return this.viewport.total + (this.viewport.screen?.status.rows ?? 1) - 1; }

  /** @param {number} at */
  line = (at) => this.viewport.line(at);

  /** @param {{line: number, column: number}} place @returns {Place} */
  within(place) {
    return { line: Math.min(Math.max(place.line, 0), this.last), column: Math.min(Math.max(place.column, 0), this.columns) };
  }

  /** @param {'begin' | 'extend' | 'on' | 'end'} how @param {{line: number, column: number}} point @param {number} clicks */
  mouse(how, point, clicks) {
    const { line } = this.within(point);
    // A letter counts from its middle on where a selection is drawn, and as a whole where a word is meant.
    const edge = this.within({ line, column: Math.round(point.column) });
    const place = this.within({ line, column: Math.floor(point.column) });
    if (how === 'begin') {
      this.clicks = clicks;
      this.unit = clicks === 1 ? new Selection(edge) : this.whole(place);
      this.selection = this.unit;
    } else if (how === 'extend' && this.selection) {
      this.clicks = 1;
      this.unit = new Selection(this.selection.anchor);
      this.selection = new Selection(this.selection.anchor, edge);
    } else if (how === 'on' && this.unit) {
      this.selection = this.clicks === 1 ? new Selection(this.unit.anchor, edge) : this.join(this.unit, this.whole(place));
      if (point.line < this.viewport.top) this.viewport.by(-1);
      else if (point.line >= this.viewport.top + (this.viewport.screen?.status.rows ?? 0)) this.viewport.by(1);
    }
    if (how === 'end' && this.selection?.isEmpty) this.selection = undefined;
    this.tell();
  }

  /** @param {Place} place @returns {Selection} */
  whole(place) {
    return this.clicks === 2 ? wordAt(this.line(place.line), place) : lineAt(this.line, place.line, this.last, this.columns);
  }

  /** @param {Selection} one @param {Selection} other */
  join(one, other) {
    const start = isBefore(other.start, one.start) ? other.start : one.start;
    const end = isBefore(one.end, other.end) ? other.end : one.end;
    return isBefore(other.start, one.start) ? new Selection(end, start) : new Selection(start, end);
  }

  all() {
    this.selection = new Selection({ line: 0, column: 0 }, { line: this.last, column: this.columns });
    this.tell();
  }

  clear() {
    if (!this.selection && !this.point) return;
    [this.selection, this.unit, this.point] = [undefined, undefined, undefined];
    this.tell();
  }

  /** From here on keys select. */
  begin() {
    const cursor = this.viewport.screen?.status.cursor;
    const line = this.viewport.follows ? this.viewport.total + (cursor?.row ?? 0) : this.viewport.top;
    this.point = this.selection?.head ?? { line, column: this.viewport.follows ? cursor?.column ?? 0 : 0 };
    this.tell();
  }

  /** A key while keys select. @param {KeyboardEvent} event @returns {'copy' | 'leave' | 'moved' | 'unknown'} */
  key(event) {
    const { point } = this;
    if (!point) return 'unknown';
    const page = this.viewport.screen?.status.rows ?? 1;
    if (event.key === 'Escape') return 'leave';
    if (event.key === 'Enter') return 'copy';
    /** @type {Record<string, Place>} */
    const moves = {
      ArrowLeft: point.column > 0 || point.line === 0 ? { ...point, column: point.column - 1 } : { line: point.line - 1, column: this.columns },
      ArrowRight: point.column < this.columns ? { ...point, column: point.column + 1 } : { line: point.line + 1, column: 0 },
      ArrowUp: { ...point, line: point.line - 1 },
      ArrowDown: { ...point, line: point.line + 1 },
      Home: { ...point, column: 0 },
      End: { ...point, column: widthOf(this.line(point.line)) },
      PageUp: { ...point, line: point.line - page },
      PageDown: { ...point, line: point.line + page },
    };
    const to = moves[event.key];
    if (!to) return 'unknown';
    const next = this.within(to);
    this.selection = event.shiftKey ? new Selection(this.selection?.anchor ?? point, next) : undefined;
    this.point = next;
    this.viewport.reveal(next.line);
    this.tell();
    return 'moved';
  }

  /** The selected text, once all of it is known. @returns {Promise<string>} */
  async text() {
    const { selection } = this;
    if (!selection) return '';
    await this.history.need(selection.start.line, Math.min(selection.end.line + 1, this.viewport.total));
    return this.known();
  }

  /** What of it is known now. */
  known() {
    return this.selection?.text(this.line, this.columns) ?? '';
  }

  /** @param {number} from @param {number} to */
  marks(from, to) {
    const marks = [];
    for (let line = from; line < to; line += 1) {
      const part = this.selection?.of(line, this.columns);
      if (part) marks.push({ line, from: part[0], to: part[1], kind: 'selected' });
    }
    if (this.point && this.point.line >= from && this.point.line < to) {
      marks.push({ line: this.point.line, from: this.point.column, to: this.point.column + 1, kind: 'point' });
    }
    return marks;
  }

  tell() {
    this.viewport.draw();
    this.changed();
  }
}
