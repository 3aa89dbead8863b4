// Tables, which fold into lists where they have no room.

import { h } from '../element.js';

/**
 * A table. A cell is given by its column: a text, or elements.
 * @template T
 * @param {{title: string, cell: (row: T) => any, class?: string, hidden?: boolean}[]} columns `hidden` keeps a title for screen readers
 * @param {T[]} rows
 * @param {{label?: string, key?: (row: T) => string, test?: string}} [more]
 * @returns {any}
 */
export function table(columns, rows, { label, key, test } = {}) {
  const head = columns.map(({ title, class: kind, hidden }) => h('th', { scope: 'col', role: 'columnheader', class: kind }, hidden ? h('span', { class: 'out-of-sight' }, title) : title));
  const cells = (/** @type {T} */ row) => columns.map(({ title, cell, class: kind, hidden }) => h('td', { role: 'cell', class: kind, 'data-label': hidden ? '' : title }, h('div', { class: 'grow' }, cell(row))));
  const body = rows.map((row) => h('tr', { role: 'row', 'data-key': key?.(row), 'data-test': test }, cells(row)));
  return h('div', { class: 'table-frame' }, h('table', { class: 'table folds', role: 'table', 'aria-label': label },
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, head)), h('tbody', { role: 'rowgroup' }, body)));
}
