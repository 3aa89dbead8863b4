import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Held, plain } from '../../pages/core/terminal/held.js';
import { arrows, encodeFocus, encodeKey } from '../../pages/core/terminal/keys.js';
import { encodeMouse } from '../../pages/core/terminal/mouse.js';
import { encodePaste, isRisky } from '../../pages/core/terminal/paste.js';
import { Typing } from '../../pages/core/terminal/typing.js';
import { ending, titleOf, words } from '../../pages/core/terminal/words.js';

const MODES = { alternate: false, applicationCursor: false, applicationKeypad: false, bracketedPaste: false, mouse: 'none', mouseSgr: false, focusEvents: false };
const key = (name, more = {}) => ({ key: name, code: '', shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, ...more });
const CTRL = { ctrlKey: true };
const ALT = { altKey: true };
const SHIFT = { shiftKey: true };

test('keys are encoded as xterm does', () => {
  const told = [
    ['ArrowUp', {}, '\x1b[A'], ['ArrowLeft', CTRL, '\x1b[1;5D'], ['ArrowRight', { ...SHIFT, ...ALT }, '\x1b[1;4C'], ['Home', {}, '\x1b[H'], ['End', SHIFT, '\x1b[1;2F'],
    ['F1', {}, '\x1bOP'], ['F4', CTRL, '\x1b[1;5S'], ['F5', {}, '\x1b[15~'], ['F12', SHIFT, '\x1b[24;2~'], ['F13', {}, '\x1b[25~'],
    ['Delete', {}, '\x1b[3~'], ['PageUp', CTRL, '\x1b[5;5~'], ['Insert', {}, '\x1b[2~'],
    ['Enter', {}, '\r'], ['Enter', ALT, '\x1b\r'], ['Tab', {}, '\t'], ['Tab', SHIFT, '\x1b[Z'], ['Backspace', {}, '\x7f'], ['Backspace', CTRL, '\b'], ['Backspace', ALT, '\x1b\x7f'], ['Escape', {}, '\x1b'],
    ['c', CTRL, '\x03'], ['_', { ...CTRL, ...SHIFT }, '\x1f'], [' ', CTRL, '\0'], ['[', CTRL, '\x1b'], ['\\', CTRL, '\x1c'], [']', CTRL, '\x1d'], ['^', CTRL, '\x1e'], ['_', CTRL, '\x1f'], ['?', CTRL, '\x7f'],
    ['x', ALT, '\x1bx'], ['X', { ...ALT, ...SHIFT }, '\x1bX'], ['c', { ...CTRL, ...ALT }, '\x1b\x03'],
  ];
  for (const [name, more, bytes] of told) assert.equal(encodeKey(key(name, more), MODES), bytes, `${name} ${JSON.stringify(more)}`);
});

test('letters, dead keys and what is the browser\'s are left to the browser', () => {
  for (const [name, more] of [['a', {}], ['A', SHIFT], ['ß', {}], ['Dead', {}], ['Process', {}], ['Shift', SHIFT], ['c', { metaKey: true }], ['é', CTRL], ['V', { ...CTRL, ...SHIFT }], ['F25', {}]]) {
    assert.equal(encodeKey(key(name, more), MODES), undefined, name);
  }
});

test('applications have their own arrows and their own number pad', () => {
  const modes = { ...MODES, applicationCursor: true, applicationKeypad: true };
  assert.equal(encodeKey(key('ArrowUp'), modes), '\x1bOA');
  assert.equal(encodeKey(key('ArrowUp', CTRL), modes), '\x1b[1;5A');
  assert.equal(encodeKey(key('5', { code: 'Numpad5' }), modes), '\x1bOu');
  assert.equal(encodeKey(key('Enter', { code: 'NumpadEnter' }), modes), '\x1bOM');
  assert.equal(encodeKey(key('5', { code: 'Numpad5' }), MODES), undefined);
  assert.equal(encodeKey(key('Enter', { code: 'NumpadEnter' }), MODES), '\r');
  assert.equal(arrows('ArrowDown', 2, modes), '\x1bOB\x1bOB');
});

test('the focus is told where it was asked for', () => {
  assert.equal(encodeFocus(true, MODES), undefined);
  assert.equal(encodeFocus(true, { ...MODES, focusEvents: true }), '\x1b[I');
  assert.equal(encodeFocus(false, { ...MODES, focusEvents: true }), '\x1b[O');
});

test('a mouse is told as far as it was asked for', () => {
  const act = (kind, button, more = {}) => ({ kind, button, column: 4, row: 9, shiftKey: false, altKey: false, ctrlKey: false, ...more });
  const clicks = { ...MODES, mouse: 'clicks', mouseSgr: true };
  assert.equal(encodeMouse(act('down', 0), MODES), undefined);
  assert.equal(encodeMouse(act('down', 0), clicks), '\x1b[<0;5;10M');
  assert.equal(encodeMouse(act('up', 2, { ctrlKey: true }), clicks), '\x1b[<18;5;10m');
  assert.equal(encodeMouse(act('wheel', 65), clicks), '\x1b[<65;5;10M');
  assert.equal(encodeMouse(act('move', 0), clicks), undefined);
  assert.equal(encodeMouse(act('move', 0), { ...clicks, mouse: 'drags' }), '\x1b[<32;5;10M');
  assert.equal(encodeMouse(act('move', 3), { ...clicks, mouse: 'drags' }), undefined);
  assert.equal(encodeMouse(act('move', 3), { ...clicks, mouse: 'movement' }), '\x1b[<35;5;10M');
});

test('the older form of a mouse says no more than it can', () => {
  const modes = { ...MODES, mouse: 'clicks' };
  const at = (column) => ({ kind: 'down', button: 0, column, row: 0, shiftKey: false, altKey: false, ctrlKey: false });
  assert.equal(encodeMouse(at(0), modes), '\x1b[M !!');
  assert.equal(encodeMouse({ ...at(0), kind: 'up' }, modes), '\x1b[M#!!');
  assert.equal(encodeMouse(at(94), modes), '\x1b[M \x7f!');
  assert.equal(encodeMouse(at(95), modes), undefined);
});

test('what is pasted acts on nothing, and lines are asked about', () => {
  const bracketed = { ...MODES, bracketedPaste: true };
  assert.equal(encodePaste('a\r\nb\nc\td', MODES), 'a\rb\rc\td');
  assert.equal(encodePaste('x\x1b[201~rm\x03\u009b', bracketed), '\x1b[200~x[201~rm\x1b[201~');
  assert.equal(isRisky('one', MODES), false);
  assert.equal(isRisky('one\n', MODES), true);
  assert.equal(isRisky('one\n', bracketed), false);
  assert.equal(isRisky('one\ntwo', bracketed), true);
});

test('what is typed while something is under way goes together, in its order', async () => {
  const sent = [];
  let go = () => {};
  const typing = new Typing((number, text) => { sent.push([number, text]); return new Promise((done) => { go = done; }); }, { refused: assert.fail });
  typing.type('a');
  typing.type('b');
  typing.type('c');
  assert.deepEqual(sent, [[1, 'a']]);
  go();
  await new Promise(setImmediate);
  assert.deepEqual(sent, [[1, 'a'], [2, 'bc']]);
});

test('what may have been lost is sent again under its number, before anything else', async () => {
  const sent = [];
  let failures = 2;
  const typing = new Typing(async (number, text) => {
    sent.push([number, text]);
    if (failures > 0) { failures -= 1; throw Object.assign(new Error('unreachable'), { status: 0 }); }
  }, { refused: assert.fail, wait: 1 });
  typing.type('x');
  typing.type('y');
  while (sent.length < 4) await new Promise((done) => setTimeout(done, 2));
  assert.deepEqual(sent, [[1, 'x'], [1, 'x'], [1, 'x'], [2, 'y']]);
});

test('a refusal drops what waits, and is told', async () => {
  const refused = [];
  const typing = new Typing(async () => { throw Object.assign(new Error('no'), { status: 404 }); }, { refused: (error) => refused.push(error.message) });
  typing.type('x');
  typing.type('y');
  await new Promise(setImmediate);
  assert.deepEqual(refused, ['no']);
  assert.equal(typing.waiting, '');
});

test('long texts go in pieces, with no letter cut', async () => {
  const sent = [];
  const typing = new Typing(async (_, text) => { sent.push(text); }, { refused: assert.fail });
  const text = `${'a'.repeat(8191)}👩b`;
  assert.equal(typing.type(text), true);
  await new Promise((done) => setTimeout(done, 5));
  assert.deepEqual(sent.map((piece) => piece.length), [8191, 3]);
  assert.equal(sent.join(''), text);
  assert.equal(typing.type('x'.repeat((4 << 20) + 1)), false);
});

test('a command is words, and quotations keep them together', () => {
  assert.deepEqual(words(`  vim 'my notes' "a b"c d\\ e '' $HOME `), ['vim', 'my notes', 'a bc', 'd e', '', '$HOME']);
  assert.deepEqual(words(''), []);
  assert.throws(() => words('a "b'), /not closed/);
});

test('a terminal says what it is and how it ended', () => {
  assert.equal(titleOf({ title: '', command: 'vi' }), 'vi');
  assert.match(ending({ state: 'ended', exitCode: 3, signal: '' }), /status 3/);
  assert.match(ending({ state: 'ended', exitCode: 1, signal: 'SIGKILL' }), /SIGKILL/);
  assert.match(ending({ state: 'gone', exitCode: 0, signal: '' }), /not there any more/);
});

test('what waits when a terminal is left is sent, and given up at the first failure', async () => {
  const sent = [];
  let fails = false;
  const typing = new Typing(async (number, text) => {
    await new Promise(setImmediate);
    sent.push(text);
    if (fails) throw Object.assign(new Error('unreachable'), { status: 0 });
  }, { refused: assert.fail, wait: 1 });
  typing.type('a');
  typing.type('b');
  typing.close();
  assert.equal(typing.type('c'), false);
  while (sent.length < 2) await new Promise(setImmediate);
  assert.deepEqual(sent, ['a', 'b']);
  const other = new Typing(typing.send, typing.hears);
  fails = true;
  other.type('x');
  other.close();
  await new Promise((done) => setTimeout(done, 20));
  assert.deepEqual(sent, ['a', 'b', 'x']);
});

test('what is held counts for one key, whichever way it comes', () => {
  const held = new Held();
  let changes = 0;
  held.watch(() => { changes += 1; });
  assert.equal(held.encode(key('ArrowLeft'), MODES), '\x1b[D');
  held.flip('Ctrl');
  assert.equal(held.encode(key('ArrowLeft'), MODES), '\x1b[1;5D');
  assert.equal(held.any, false);
  held.flip('Ctrl');
  assert.equal(held.text('cd', MODES), '\x03d');
  assert.equal(held.text('c', MODES), 'c');
  held.flip('Ctrl');
  held.flip('Alt');
  assert.equal(held.encode(plain('x'), MODES), '\x1b\x18');
  held.flip('Alt');
  held.flip('Alt');
  assert.equal(held.any, false);
  assert.equal(changes, 9);
});

test('what no modifier goes with is typed as it is and lets go; a modifier of the keyboard holds on', () => {
  const held = new Held();
  held.flip('Ctrl');
  assert.equal(held.encode(key('Shift', SHIFT), MODES), undefined);
  assert.equal(held.has('Ctrl'), true);
  assert.equal(held.text('', MODES), '');
  assert.equal(held.text('é👍', MODES), 'é👍');
  assert.equal(held.any, false);
});
