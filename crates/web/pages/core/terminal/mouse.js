// What a program is told of a mouse. No DOM here.

/**
 * Something that the mouse did at a place: button 0 left, 1 middle, 2 right, 3 none, 64 wheel up, 65 wheel down.
 * @typedef {{kind: 'down' | 'up' | 'move' | 'wheel', button: number, column: number, row: number,
 *   shiftKey: boolean, altKey: boolean, ctrlKey: boolean}} MouseAct
 */

/** Whether the program wants to hear of it. @param {MouseAct} act @param {import('../reducers/terminal.js').Modes} modes */
function wanted(act, modes) {
  if (modes.mouse === 'none') return false;
  if (act.kind !== 'move') return true;
  return modes.mouse === 'movement' || (modes.mouse === 'drags' && act.button !== 3);
}

/** @param {MouseAct} act @param {import('../reducers/terminal.js').Modes} modes @returns {string | undefined} */
export function encodeMouse(act, modes) {
  if (!wanted(act, modes)) return undefined;
  const keys = (act.shiftKey ? 4 : 0) + (act.altKey ? 8 : 0) + (act.ctrlKey ? 16 : 0);
  const code = act.button + keys + (act.kind === 'move' ? 32 : 0);
  const [column, row] = [act.column + 1, act.row + 1];
  if (modes.mouseSgr) return `\x1b[<${code};${column};${row}${act.kind === 'up' ? 'm' : 'M'}`;
  // The older form has bytes for numbers, and what is sent is text: further places cannot be said in it.
  const released = act.kind === 'up' ? 3 + keys : code;
  if (column > 95 || row > 95 || released > 95) return undefined;
  return `\x1b[M${[released, column, row].map((number) => String.fromCharCode(32 + number)).join('')}`;
}
