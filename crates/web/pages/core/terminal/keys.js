// What a terminal sends for a key: the encoding of xterm. No DOM here.

/**
 * A key as the browser tells of it.
 * @typedef {{key: string, code: string, shiftKey: boolean, altKey: boolean, ctrlKey: boolean, metaKey: boolean}} Key
 * @typedef {import('../reducers/terminal.js').Modes} Modes
 */

const ESC = '\x1b';

/** Keys with a letter of their own: `ESC [ 1 ; m X`, or `ESC O X` in applications. @type {Record<string, string>} */
const LETTERS = { ArrowUp: 'A', ArrowDown: 'B', ArrowRight: 'C', ArrowLeft: 'D', End: 'F', Home: 'H' };

/** Function keys that have letters. @type {Record<string, string>} */
const FIRST = { F1: 'P', F2: 'Q', F3: 'R', F4: 'S' };

/** Keys with a number: `ESC [ n ; m ~`. @type {Record<string, number>} */
const NUMBERS = {
  Insert: 2, Delete: 3, PageUp: 5, PageDown: 6,
  F5: 15, F6: 17, F7: 18, F8: 19, F9: 20, F10: 21, F11: 23, F12: 24,
  F13: 25, F14: 26, F15: 28, F16: 29, F17: 31, F18: 32, F19: 33, F20: 34,
};

/** The number pad, where an application asked for it. @type {Record<string, string>} */
const KEYPAD = {
  Numpad0: 'p', Numpad1: 'q', Numpad2: 'r', Numpad3: 's', Numpad4: 't', Numpad5: 'u', Numpad6: 'v', Numpad7: 'w',
  Numpad8: 'x', Numpad9: 'y', NumpadAdd: 'k', NumpadSubtract: 'm', NumpadMultiply: 'j', NumpadDivide: 'o',
  NumpadDecimal: 'n', NumpadComma: 'l', NumpadEnter: 'M', NumpadEqual: 'X',
};

/** Ctrl with what is no letter. @type {Record<string, string>} */
const CONTROLS = {
  ' ': '\0', '@': '\0', '2': '\0', '`': '\0', '[': ESC, '3': ESC, '\\': '\x1c', '4': '\x1c', '|': '\x1c',
  ']': '\x1d', '5': '\x1d', '^': '\x1e', '6': '\x1e', '~': '\x1e', '_': '\x1f', '-': '\x1f', '/': '\x1f', '7': '\x1f',
  '?': '\x7f', '8': '\x7f', '{': ESC, '}': '\x1d',
};

/** @param {Key} key */
function modifiers(key) {
  return 1 + (key.shiftKey ? 1 : 0) + (key.altKey ? 2 : 0) + (key.ctrlKey ? 4 : 0);
}

/**
 * What is sent for a key; nothing where the browser is to make text of it, or where it is not the program's.
 * @param {Key} key @param {Modes} modes @returns {string | undefined}
 */
export function encodeKey(key, modes) {
  if (key.metaKey) return undefined;
  return named(key, modes) ?? keypad(key, modes) ?? written(key);
}

/** @param {Key} key @param {Modes} modes @returns {string | undefined} */
function named(key, modes) {
  const modifier = modifiers(key);
  const letter = LETTERS[key.key];
  if (letter) {
    if (modifier > 1) return `${ESC}[1;${modifier}${letter}`;
    return modes.applicationCursor ? `${ESC}O${letter}` : `${ESC}[${letter}`;
  }
  const first = FIRST[key.key];
  if (first) return modifier > 1 ? `${ESC}[1;${modifier}${first}` : `${ESC}O${first}`;
  const number = NUMBERS[key.key];
  if (number) return modifier > 1 ? `${ESC}[${number};${modifier}~` : `${ESC}[${number}~`;
  return simple(key, modes);
}

/** @param {Key} key @param {Modes} modes @returns {string | undefined} */
function simple(key, modes) {
  const meta = key.altKey ? ESC : '';
  switch (key.key) {
    case 'Enter': return key.code === 'NumpadEnter' && modes.applicationKeypad ? undefined : `${meta}\r`;
    case 'Tab': return key.shiftKey ? `${ESC}[Z` : `${meta}\t`;
    case 'Backspace': return meta + (key.ctrlKey ? '\b' : '\x7f');
    case 'Escape': return meta + ESC;
    default: return undefined;
  }
}

/** @param {Key} key @param {Modes} modes @returns {string | undefined} */
function keypad(key, modes) {
  const letter = KEYPAD[key.code];
  const isNumber = key.key.length === 1 || key.key === 'Enter';
  return letter && isNumber && modes.applicationKeypad && modifiers(key) === 1 ? `${ESC}O${letter}` : undefined;
}

/** Letters with Ctrl or Alt. Those without are text, which the browser makes. @param {Key} key @returns {string | undefined} */
function written(key) {
  if ([...key.key].length !== 1) return undefined;
  // AltGr is told as both where it makes a letter.
  if (key.ctrlKey && key.altKey && !controlled(key.key)) return undefined;
  const meta = key.altKey ? ESC : '';
  // What has Ctrl, Shift and a letter belongs to the window, as in every terminal.
  if (key.ctrlKey && key.shiftKey && /^[a-z]$/i.test(key.key)) return undefined;
  if (key.ctrlKey) {
    const control = controlled(key.key);
    return control === undefined ? undefined : meta + control;
  }
  return key.altKey ? meta + key.key : undefined;
}

/** @param {string} letter @returns {string | undefined} */
function controlled(letter) {
  const code = letter.toUpperCase().charCodeAt(0);
  return code >= 65 && code <= 90 && letter.length === 1 ? String.fromCharCode(code - 64) : CONTROLS[letter];
}

/** What a program is told of the focus, where it asked. @param {boolean} isIn @param {Modes} modes @returns {string | undefined} */
export function encodeFocus(isIn, modes) {
  if (!modes.focusEvents) return undefined;
  return isIn ? `${ESC}[I` : `${ESC}[O`;
}

/** An arrow key so many times: what the wheel is to a program that has no scrollback. @param {'ArrowUp' | 'ArrowDown'} name @param {number} times @param {Modes} modes */
export function arrows(name, times, modes) {
  return (`${ESC}${modes.applicationCursor ? 'O' : '['}${LETTERS[name]}`).repeat(times);
}
