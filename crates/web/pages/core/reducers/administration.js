// Rows that come to the end of a list: of the journal, of a service's log. No DOM here.

/** As many as the server keeps. */
export const MOST = 500;

/**
 * @template T
 * @param {{rows: T[]}} whole @param {{rows: T[]}} delta @returns {{rows: T[]}}
 */
export function administration(whole, delta) {
  return { rows: [...whole.rows, ...delta.rows].slice(-MOST) };
}

/** @typedef {{sequence: number, atMs: number, kind: string, facts: {name: string, value: string}[], withheld: number}} JournalRow */

/** The rows that have every word of a query, the newest first. @param {JournalRow[]} rows @param {string} query @returns {JournalRow[]} */
export function found(rows, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (/** @type {JournalRow} */ row) => `${row.sequence} ${row.kind} ${row.facts.map(({ name, value }) => `${name}=${value}`).join(' ')}`.toLowerCase();
  return rows.filter((row) => words.every((word) => text(row).includes(word))).reverse();
}

/** Older rows before those that are there, none twice. @param {JournalRow[]} older @param {JournalRow[]} rows @returns {JournalRow[]} */
export function joined(older, rows) {
  const first = rows[0]?.sequence ?? Infinity;
  return [...older.filter(({ sequence }) => sequence < first), ...rows];
}
