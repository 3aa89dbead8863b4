// How large a letter is here, and how many fit.

import { h } from '../element.js';

const SAMPLE = 64;

/** @typedef {{width: number, height: number}} Cell */

/** Measures a letter in `root`, whose font counts, and tells its style sheet. @param {HTMLElement} root @returns {Cell} */
export function measure(root) {
  const line = h('span', { class: 'terminal-sample', 'aria-hidden': 'true' }, 'M'.repeat(SAMPLE));
  root.append(line);
  const box = line.getBoundingClientRect();
  line.remove();
  // Whole pixels down: lines of boxes touch each other. The font's own height, so that boxes reach from line to line.
  const cell = { width: box.width / SAMPLE || 8, height: Math.max(Math.round(box.height), 1) || 16 };
  root.style.setProperty('--cell-width', `${cell.width}px`);
  root.style.setProperty('--cell-height', `${cell.height}px`);
  return cell;
}

/** How many letters a box has room for. @param {number} width @param {number} height @param {Cell} cell @returns {{columns: number, rows: number}} */
export function fit(width, height, cell) {
  const within = (/** @type {number} */ count, /** @type {number} */ least, /** @type {number} */ most) => Math.min(Math.max(Math.floor(count), least), most);
  return { columns: within(width / cell.width + 0.01, 20, 500), rows: within(height / cell.height + 0.01, 4, 200) };
}
