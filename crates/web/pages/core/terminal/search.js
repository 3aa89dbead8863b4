// Finding text in lines, also where it goes on in the next one. No DOM here.

import { placesOf, textOf } from './lines.js';

/**
 * @typedef {import('../reducers/terminal.js').Line} Line
 * @typedef {{line: number, column: number, endLine: number, endColumn: number}} Found
 */

/** Finds that are listed at most; more is no search. */
export const MOST = 1000;

/**
 * All places where `wanted` stands in the lines from `from` up to `to`, the oldest first.
 * @param {(at: number) => Line | undefined} at @param {number} from @param {number} to @param {string} wanted @param {boolean} [isExact] whether capitals count
 * @returns {Found[]}
 */
export function search(at, from, to, wanted, isExact = false) {
  /** @type {Found[]} */
  const found = [];
  if (!wanted) return found;
  for (let number = from; number < to && found.length < MOST;) {
    const joined = join(at, number, to);
    for (const index of indices(joined.text, wanted, isExact)) {
      if (found.length >= MOST) break;
      const start = joined.places[index];
      const last = joined.places[index + wanted.length - 1];
      found.push({ line: start.line, column: start.column, endLine: last.line, endColumn: last.end });
    }
    number = joined.next;
  }
  return found;
}

/** A line with those that it goes on in. @param {(at: number) => Line | undefined} at @param {number} number @param {number} to */
function join(at, number, to) {
  let text = '';
  /** @type {{line: number, column: number, end: number}[]} */
  const places = [];
  let next = number;
  for (;;) {
    const line = at(next);
    if (line) {
      const columns = placesOf(line);
      const own = textOf(line);
      for (let index = 0; index < own.length; index += 1) {
        places.push({ line: next, column: columns[index], end: columns.slice(index + 1).find((place) => place > columns[index]) ?? columns[index] + 1 });
      }
      text += own;
    }
    next += 1;
    if (!line?.wrapped || next >= to) break;
  }
  return { text, places, next };
}

/** @param {string} text @param {string} wanted @param {boolean} isExact @returns {number[]} */
function indices(text, wanted, isExact) {
  // Where a capital is longer than its small letter the places would not fit: then it is looked for as it stands.
  const [lower, low] = [text.toLowerCase(), wanted.toLowerCase()];
  const isLoose = !isExact && lower.length === text.length && low.length === wanted.length;
  const [within, what] = isLoose ? [lower, low] : [text, wanted];
  const all = [];
  for (let index = within.indexOf(what); index >= 0; index = within.indexOf(what, index + what.length)) all.push(index);
  return all;
}
