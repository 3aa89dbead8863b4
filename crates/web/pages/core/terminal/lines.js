// A line's letters and their places. No DOM here.

/**
 * @typedef {import('../reducers/terminal.js').Line} Line
 * @typedef {import('../reducers/terminal.js').Run} Run
 */

/** The letters of a run and the places of each. @param {Run} run @returns {{text: string, places: number}[]} */
export function cells(run) {
  const letters = [...run.t];
  if (run.w === undefined || run.w === letters.length) return letters.map((text) => ({ text, places: 1 }));
  return [{ text: run.t, places: run.w }];
}

/** The text of a line. @param {Line} line */
export function textOf(line) {
  return line.runs.map((run) => run.t).join('');
}

/** The text at the places from `from` up to `to`. @param {Line} line @param {number} from @param {number} to */
export function textBetween(line, from, to) {
  let text = '';
  let at = 0;
  for (const run of line.runs) {
    for (const cell of cells(run)) {
      if (at + cell.places > from && at < to) text += cell.text;
      at += cell.places;
    }
  }
  return text;
}

/** How many places have something. @param {Line} line */
export function widthOf(line) {
  return line.runs.reduce((sum, run) => sum + (run.w ?? [...run.t].length), 0);
}

/** For each letter (as JavaScript counts them) of a line's text, its place; and at the end the place after it. @param {Line} line @returns {number[]} */
export function placesOf(line) {
  const places = [];
  let at = 0;
  for (const run of line.runs) {
    for (const cell of cells(run)) {
      for (let index = 0; index < cell.text.length; index += 1) places.push(at);
      at += cell.places;
    }
  }
  places.push(at);
  return places;
}

/** The letters at one place, for the cursor. @param {Line} line @param {number} column @returns {{text: string, places: number, at: number}} */
export function cellAt(line, column) {
  let at = 0;
  for (const run of line.runs) {
    for (const cell of cells(run)) {
      if (column < at + cell.places) return { ...cell, at };
      at += cell.places;
    }
  }
  return { text: ' ', places: 1, at: column };
}
