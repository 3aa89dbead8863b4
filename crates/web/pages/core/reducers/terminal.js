// What a frame makes of a screen: the same as `ScreenModel` of the board. Lines that did not change stay the same objects.

/**
 * Text of one look: `w` places where they are not one for each letter, `f` and `b` colours, `a` attributes.
 * @typedef {{t: string, w?: number, f?: number, b?: number, a?: number}} Run
 * @typedef {{runs: Run[], wrapped?: boolean}} Line
 * @typedef {{row: number, column: number, visible: boolean, shape: 'block' | 'underline' | 'bar'}} Cursor
 * @typedef {object} Modes
 * @property {boolean} alternate
 * @property {boolean} applicationCursor
 * @property {boolean} applicationKeypad
 * @property {boolean} bracketedPaste
 * @property {'none' | 'clicks' | 'drags' | 'movement'} mouse
 * @property {boolean} mouseSgr
 * @property {boolean} focusEvents
 * @typedef {{columns: number, rows: number, scrollback: number, title: string, cursor: Cursor, modes: Modes}} Status
 * @typedef {{status: Status, lines: Line[]}} Screen
 * @typedef {{full: boolean, scrolled: number, bells: number, status: Status, lines: {row: number, line: Line}[]}} Frame
 */

/** @type {Line} */
export const BLANK = { runs: [] };

/** @param {Screen} screen @param {Frame} frame @returns {Screen} */
export function terminal(screen, frame) {
  const { rows } = frame.status;
  const lines = frame.full ? [] : screen.lines.slice(frame.scrolled);
  lines.length = Math.min(lines.length, rows);
  while (lines.length < rows) lines.push(BLANK);
  for (const { row, line } of frame.lines) if (row < rows) lines[row] = line;
  return { status: frame.status, lines };
}
