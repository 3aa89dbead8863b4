// The transcript's rows. No DOM here.

/**
 * @typedef {{number: number, atMs: number, operation: string, subject: string, outcome: string, durationMs: number, notes: {name: string, value: string}[]}} Row
 * @typedef {{gone: number, rows: Row[]}} Rows
 * @param {Rows} whole @param {Rows} delta @returns {Rows}
 */
export function transcript(whole, delta) {
  return { gone: delta.gone, rows: [...whole.rows.filter((row) => row.number > delta.gone), ...delta.rows] };
}

/** The rows that answer every word of a query, and whose outcome is wanted. @param {Row[]} rows @param {string} query @param {string} outcome `all`, `ok` or `refused` */
export function chosen(rows, query, outcome) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (outcome !== 'all' && (row.outcome === 'ok') !== (outcome === 'ok')) return false;
    const text = `${row.operation} ${row.subject} ${row.outcome} ${row.notes.map(({ name, value }) => `${name}=${value}`).join(' ')}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** One JSON object a line. @param {Row[]} rows */
export function asLines(rows) {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
