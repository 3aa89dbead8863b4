// What is selected: two places, by line (counted from the oldest) and column. No DOM here.

import { textBetween, textOf, widthOf, placesOf } from './lines.js';

/**
 * @typedef {{line: number, column: number}} Place
 * @typedef {import('../reducers/terminal.js').Line} Line
 * @typedef {(at: number) => Line} LineAt
 */

/** @param {Place} a @param {Place} b */
export function isBefore(a, b) {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}

/** A selection from where it began to where it is now. */
export class Selection {
  /** @param {Place} anchor @param {Place} [head] */
  constructor(anchor, head = anchor) {
    this.anchor = anchor;
    this.head = head;
  }

  get start() { return isBefore(this.head, this.anchor) ? this.head : this.anchor; }

  get end() { return isBefore(this.head, this.anchor) ? this.anchor : this.head; }

  get isEmpty() { return this.anchor.line === this.head.line && this.anchor.column === this.head.column; }

  /** The columns of a line that are selected; nothing where none are. @param {number} line @param {number} columns @returns {[number, number] | undefined} */
  of(line, columns) {
    const { start, end } = this;
    if (this.isEmpty || line < start.line || line > end.line) return undefined;
    const from = line === start.line ? start.column : 0;
    const to = line === end.line ? end.column : columns;
    return to > from ? [from, to] : undefined;
  }

  /** The text: lines that go on below are one, and blanks at ends of lines are nothing. @param {LineAt} at @param {number} columns */
  text(at, columns) {
    const { start, end } = this;
    let text = '';
    for (let number = start.line; number <= end.line; number += 1) {
      const line = at(number);
      const [from, to] = this.of(number, columns) ?? [0, 0];
      const part = textBetween(line, from, to);
      const goesOn = line.wrapped && number < end.line;
      text += goesOn ? part : part.trimEnd() + (number < end.line ? '\n' : '');
    }
    return text;
  }
}

const WORD = /[\p{L}\p{N}\p{M}_\-./~:@%+#?&=]+/gu;

/** The word at a place, or the place alone. @param {Line} line @param {Place} place @returns {Selection} */
export function wordAt(line, place) {
  const places = placesOf(line);
  for (const found of textOf(line).matchAll(WORD)) {
    const [from, to] = [places[found.index], places[found.index + found[0].length]];
    if (place.column >= from && place.column < to) {
      return new Selection({ line: place.line, column: from }, { line: place.line, column: to });
    }
  }
  return new Selection(place, { line: place.line, column: place.column + 1 });
}

/** A whole line with those that it goes on in. @param {LineAt} at @param {number} number @param {number} last @param {number} columns @returns {Selection} */
export function lineAt(at, number, last, columns) {
  let [from, to] = [number, number];
  while (from > 0 && at(from - 1).wrapped) from -= 1;
  while (to < last && at(to).wrapped) to += 1;
  return new Selection({ line: from, column: 0 }, { line: to, column: Math.max(widthOf(at(to)), columns) });
}
