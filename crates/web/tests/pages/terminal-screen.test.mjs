import assert from 'node:assert/strict';
import { test } from 'node:test';

import { replay } from '../../pages/core/reducers/replay.js';
import { terminal } from '../../pages/core/reducers/terminal.js';
import { amount, clock, outcome, position } from '../../pages/core/terminal/clock.js';
import { colour, contrast, look, parse } from '../../pages/core/terminal/colours.js';
import { History } from '../../pages/core/terminal/history.js';
import { cellAt, placesOf, textBetween, widthOf } from '../../pages/core/terminal/lines.js';
import { MOST, search } from '../../pages/core/terminal/search.js';
import { Selection, lineAt, wordAt } from '../../pages/core/terminal/selection.js';

const line = (text, more = {}) => ({ runs: text ? [{ t: text }] : [], ...more });
const status = (rows, scrollback = 0, columns = 80) => ({ columns, rows, scrollback, title: '', cursor: { row: 0, column: 0, visible: true, shape: 'block' }, modes: {} });
const frame = (more) => ({ full: false, scrolled: 0, bells: 0, status: status(3), lines: [], ...more });
const texts = (screen) => screen.lines.map((one) => one.runs.map((run) => run.t).join(''));

test('a screen is what its frames make of it', () => {
  let screen = { status: status(3), lines: [line('a'), line('b'), line('c')] };
  const kept = screen.lines[1];
  screen = terminal(screen, frame({ scrolled: 1, lines: [{ row: 2, line: line('d') }] }));
  assert.deepEqual(texts(screen), ['b', 'c', 'd']);
  assert.equal(screen.lines[0], kept, 'what has only moved is the same');
  screen = terminal(screen, frame({ status: status(2) }));
  assert.deepEqual(texts(screen), ['b', 'c']);
  screen = terminal(screen, frame({ full: true, lines: [{ row: 1, line: line('x') }, { row: 9, line: line('outside') }] }));
  assert.deepEqual(texts(screen), ['', 'x', '']);
});

test('a replay has no screen before its first picture', () => {
  const play = { positionMs: 0 };
  let now = replay({ screen: null, play }, { frame: null, play: { positionMs: 5 } });
  assert.deepEqual(now, { screen: null, play: { positionMs: 5 } });
  now = replay(now, { frame: frame({ full: true, lines: [{ row: 0, line: line('x') }] }), play });
  assert.deepEqual(texts(now.screen), ['x', '', '']);
  assert.equal(replay(now, { frame: null, play }).screen, now.screen);
});

const WIDE = { runs: [{ t: 'ab' }, { t: '世', w: 2 }, { t: '│─', w: 2 }, { t: 'e\u0301', w: 1 }, { t: 'z' }] };

test('letters know their places', () => {
  assert.equal(widthOf(WIDE), 8);
  assert.deepEqual(placesOf(WIDE), [0, 1, 2, 4, 5, 6, 6, 7, 8]);
  assert.equal(textBetween(WIDE, 1, 3), 'b世', 'a wide letter is taken whole');
  assert.equal(textBetween(WIDE, 3, 5), '世│');
  assert.deepEqual(cellAt(WIDE, 3), { text: '世', places: 2, at: 2 });
  assert.deepEqual(cellAt(WIDE, 20), { text: ' ', places: 1, at: 20 });
});

test('a selection joins lines that go on, and has no blanks at the ends of others', () => {
  const lines = [line('one two   '), line('long', { wrapped: true }), line('er   '), line('end')];
  const at = (number) => lines[number];
  const all = new Selection({ line: 3, column: 3 }, { line: 0, column: 4 });
  assert.equal(all.text(at, 10), 'two\nlonger\nend');
  assert.deepEqual(all.of(0, 10), [4, 10]);
  assert.deepEqual(all.of(3, 10), [0, 3]);
  assert.equal(all.of(4, 10), undefined);
  assert.equal(new Selection({ line: 1, column: 1 }).of(1, 10), undefined);
});

test('words and lines are selected as a whole', () => {
  const text = line('see /usr/bin/x (now)');
  const word = wordAt(text, { line: 5, column: 6 });
  assert.deepEqual([word.start, word.end], [{ line: 5, column: 4 }, { line: 5, column: 14 }]);
  assert.deepEqual(wordAt(text, { line: 5, column: 3 }).end, { line: 5, column: 4 });
  const lines = [line('a', { wrapped: true }), line('b', { wrapped: true }), line('c')];
  const whole = lineAt((number) => lines[number], 1, 2, 10);
  assert.deepEqual([whole.start.line, whole.end.line], [0, 2]);
});

test('a search finds what stands, also across lines that go on', () => {
  const lines = [line('Alpha beta'), line('xx alp', { wrapped: true }), line('ha yy'), undefined, WIDE];
  const at = (number) => lines[number];
  assert.deepEqual(search(at, 0, 5, 'alpha'), [
    { line: 0, column: 0, endLine: 0, endColumn: 5 }, { line: 1, column: 3, endLine: 2, endColumn: 2 },
  ]);
  assert.equal(search(at, 0, 5, 'alpha', true).length, 1);
  assert.deepEqual(search(at, 0, 5, '世'), [{ line: 4, column: 2, endLine: 4, endColumn: 4 }]);
  assert.deepEqual(search(at, 0, 5, ''), []);
});

test('a search ends at its bound', () => {
  const many = line('a'.repeat(80));
  assert.equal(search(() => many, 0, 100, 'a').length, MOST);
  assert.equal(search(() => many, 0, 12, 'a').length, 960);
});

/** A terminal with so many lines above its screen, which are their numbers. */
const shelf = (total) => {
  const asked = [];
  return { asked, fetch: async (from, count) => {
    asked.push([from, count]);
    return { total, lines: Array.from({ length: count }, (_, index) => line(String(total - 1 - from - index))) };
  } };
};

test('lines above a screen are fetched in pages, each once', async () => {
  const { asked, fetch } = shelf(450);
  const history = new History(fetch);
  history.follow(status(3, 450), false);
  await Promise.all([history.need(190, 210), history.need(0, 10)]);
  assert.deepEqual(asked, [[250, 200], [50, 200]]);
  assert.equal(history.get(0).runs[0].t, '0');
  assert.equal(history.get(399).runs[0].t, '399');
  assert.equal(history.get(400), undefined);
  await history.need(100, 300);
  assert.equal(asked.length, 2);
});

test('lines keep their numbers while only new ones come, and are forgotten where the oldest go', async () => {
  const { fetch } = shelf(100);
  const history = new History(fetch);
  history.follow(status(3, 100), false);
  await history.need(0, 100);
  assert.equal(history.follow(status(3, 120), true), false);
  assert.equal(history.get(99).runs[0].t, '99');
  assert.equal(history.follow(status(3, 120), true), true, 'it is full, and something came');
  assert.equal(history.get(99), undefined);
  history.follow(status(3, 120), false);
  assert.equal(history.follow(status(3, 5), false), true, 'it was cleared');
  assert.equal(history.follow(status(3, 5, 40), false), true, 'lines are broken anew at another width');
});

test('what was asked before everything changed is not taken', async () => {
  let answer = () => {};
  const history = new History(() => new Promise((done) => { answer = done; }));
  history.follow(status(3, 1), false);
  const need = history.need(0, 1);
  history.follow(status(3, 0), true);
  answer({ total: 1, lines: [line('old')] });
  await need;
  assert.equal(history.get(0), undefined);
});

test('colours are the theme\'s, of the cube, grey, or very ones', () => {
  const told = [[0, ''], [0x01000001, 'var(--term-1)'], [0x01000010, 'rgb(0, 0, 0)'], [0x010000e7, 'rgb(255, 255, 255)'], [0x010000e8, 'rgb(8, 8, 8)'], [0x02ff6400, '#ff6400'], [0x07000000, '']];
  for (const [code, css] of told) assert.equal(colour(code), css, code.toString(16));
});

test('a look exchanges colours where it is reversed, and bold is bright', () => {
  assert.deepEqual(look({ t: 'x', a: 32 }), { text: 'var(--term-ground)', ground: 'var(--term-text)', classes: '' });
  assert.deepEqual(look({ t: 'x', f: 0x01000001, a: 1 | 8 }), { text: 'var(--term-9)', ground: '', classes: 'bold underlined' });
});

test('a recording says where it is', () => {
  const play = { positionMs: 1000, durationMs: 2000, plays: true, speed: 4, over: false, seeks: false };
  assert.equal(position(play, 100), 1400);
  assert.equal(position(play, 5000), 2000);
  assert.equal(position({ ...play, plays: false }, 5000), 1000);
  assert.deepEqual([clock(5000), clock(3_725_000), amount(1023), amount(2048), amount(3 << 20)], ['0:05', '1:02:05', '1023 B', '2 KiB', '3.0 MiB']);
  assert.equal(outcome({ state: 'finished', exitCode: 2, signal: '' }).text, 'Status 2');
});

test('text on a ground of its own can be read, and a picture keeps its colours', () => {
  const palette = Array.from({ length: 18 }, () => parse('#86e8b8'));
  palette[16] = parse('#efedff');
  palette[17] = parse('rgb(10, 11, 30)');
  assert.equal(look({ t: 'x', b: 0x01000002 }, palette).text, '#000000');
  assert.equal(look({ t: 'x', b: 0x02000040, f: 0x02000050 }, palette).text, '#ffffff');
  assert.equal(look({ t: 'x', b: 0x02000000, f: 0x02ffff00 }, palette).text, '#ffff00');
  assert.equal(look({ t: '▀▀', b: 0x02000040, f: 0x02000050 }, palette).text, '#000050');
  assert.ok(contrast([0, 0, 0], [255, 255, 255]) > 20.9);
});
