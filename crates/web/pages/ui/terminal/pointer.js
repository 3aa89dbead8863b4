// A mouse or a finger on a terminal: selecting, or told to the program where it asked.

import { arrows } from '../../core/terminal/keys.js';
import { encodeMouse } from '../../core/terminal/mouse.js';

/**
 * @typedef {object} Listener
 * @property {() => import('../../core/reducers/terminal.js').Modes | undefined} modes
 * @property {(point: {clientX: number, clientY: number}) => {row: number, column: number, line: number}} at
 * @property {() => {columns: number, rows: number}} size
 * @property {() => number} height of a line
 * @property {(text: string) => void} type
 * @property {() => void} focus
 * @property {() => boolean} isMarking whether fingers select, too
 * @property {(how: 'begin' | 'extend' | 'on' | 'end', place: {line: number, column: number}, clicks: number) => void} select
 */

/** @param {HTMLElement} element @param {Listener} listener */
export function pointer(element, listener) {
  let selecting = false;
  let reported = 3;
  let last = '';
  const place = (/** @type {MouseEvent} */ event) => listener.at(event);
  const report = (/** @type {'down' | 'up' | 'move' | 'wheel'} */ kind, /** @type {MouseEvent} */ event, /** @type {number} */ button) => {
    const modes = listener.modes();
    const { columns, rows } = listener.size();
    const { row, column } = place(event);
    const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(Math.max(Math.floor(value), 0), most - 1);
    const at = { row: within(row, rows), column: within(column, columns) };
    const here = `${at.row} ${at.column}`;
    if (kind === 'move' && here === last) return;
    last = here;
    const { shiftKey, altKey, ctrlKey } = event;
    const text = modes && encodeMouse({ kind, button, ...at, shiftKey, altKey, ctrlKey }, modes);
    if (text) listener.type(text);
  };
  /** With Shift a person selects, whatever the program wants. */
  const isReported = (/** @type {MouseEvent} */ event) => !event.shiftKey && (listener.modes()?.mouse ?? 'none') !== 'none';

  element.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch' && !listener.isMarking()) return;
    if (isReported(event)) {
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      reported = event.button;
      report('down', event, reported);
    } else if (event.button === 0) {
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      selecting = true;
      listener.select(event.shiftKey ? 'extend' : 'begin', place(event), clicks(event));
    }
    listener.focus();
  });
  element.addEventListener('pointermove', (event) => {
    if (selecting) listener.select('on', place(event), 0);
    else if (isReported(event)) report('move', event, event.buttons ? reported : 3);
  });
  element.addEventListener('pointerup', (event) => {
    if (selecting) listener.select('end', place(event), 0);
    else if (reported !== 3) report('up', event, reported);
    [selecting, reported] = [false, 3];
  });
  element.addEventListener('pointercancel', () => { [selecting, reported] = [false, 3]; });
  element.addEventListener('click', () => listener.focus());
  element.addEventListener('contextmenu', (event) => { if (isReported(event)) event.preventDefault(); });

  let rest = 0;
  element.addEventListener('wheel', (event) => {
    const modes = listener.modes();
    if (!modes || event.shiftKey || event.ctrlKey || (modes.mouse === 'none' && !modes.alternate)) return;
    event.preventDefault();
    rest += event.deltaMode === 0 ? event.deltaY / listener.height() : event.deltaY * (event.deltaMode === 1 ? 1 : listener.size().rows);
    const lines = Math.trunc(rest);
    rest -= lines;
    if (!lines) return;
    if (modes.mouse === 'none') return listener.type(arrows(lines < 0 ? 'ArrowUp' : 'ArrowDown', Math.min(Math.abs(lines), 50), modes));
    for (let count = 0; count < Math.min(Math.ceil(Math.abs(lines) / 3), 20); count += 1) report('wheel', event, lines < 0 ? 64 : 65);
  }, { passive: false });

  /** @type {{time: number, x: number, y: number, count: number}} */
  let before = { time: 0, x: 0, y: 0, count: 0 };
  function clicks(/** @type {PointerEvent} */ event) {
    const isSame = event.timeStamp - before.time < 400 && Math.hypot(event.clientX - before.x, event.clientY - before.y) < 5;
    before = { time: event.timeStamp, x: event.clientX, y: event.clientY, count: isSame ? before.count % 3 + 1 : 1 };
    return before.count;
  }
}
