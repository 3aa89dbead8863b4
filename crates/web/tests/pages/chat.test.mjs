import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Sent, chat, goesOn, named, placeOf, spoken, unread } from '../../pages/core/reducers/chat.js';
import { Store } from '../../pages/core/store.js';

const line = (text, more = {}) => ({ kind: 'message', sender: 'ada', text, atMs: 0, number: null, own: false, missed: 0, ...more });
const talk = (...texts) => ({ lines: texts.map((text) => line(text)), most: 3, more: false, members: [] });
const texts = (whole) => whole.lines.map(({ text }) => text).join(' ');

test('as many lines as may be are kept, and one more pushes out the oldest', () => {
  const three = chat(talk('a', 'b'), { kind: 'told', lines: [line('c')] });
  assert.deepEqual([texts(three), three.more], ['a b c', false]);
  const four = chat(three, { kind: 'told', lines: [line('d'), line('e')] });
  assert.deepEqual([texts(four), four.more], ['c d e', true]);
});

test('older lines come before, other lines in the place of all', () => {
  const whole = chat(talk('b'), { kind: 'earlier', lines: [line('a')], more: true });
  assert.deepEqual([texts(whole), whole.more], ['a b', true]);
  assert.equal(texts(chat(whole, { kind: 'anew', lines: [line('x')], more: false })), 'x');
});

test('who comes and goes is present, and gone', () => {
  const come = (sender) => line('', { kind: 'joined', sender });
  const whole = chat(talk(), { kind: 'told', lines: [come('eve'), come('ada'), come('ada')] });
  assert.deepEqual(whole.members.map(({ handle }) => handle), ['ada', 'eve']);
  const gone = chat(whole, { kind: 'told', lines: [line('', { kind: 'left', sender: 'ada' })] });
  assert.deepEqual(gone.members.map(({ handle }) => handle), ['eve']);
  assert.deepEqual(chat(gone, { kind: 'present', members: [] }).members, []);
});

test('an erased message has no words any more', () => {
  const whole = { ...talk(), lines: [line('a', { number: 1 }), line('b', { number: 2 })] };
  const { lines } = chat(whole, { kind: 'erased', number: 2 });
  assert.deepEqual(lines.map(({ kind, text }) => `${kind} ${text}`), ['message a', 'erased ']);
});

test('a conversation is reduced by its topic, and what is not known changes nothing', () => {
  const store = new Store();
  store.tell({ topic: 'chat/0', whole: talk('a') });
  store.tell({ topic: 'chat/0', delta: { kind: 'told', lines: [line('b')] } });
  store.tell({ topic: 'chat/0', delta: { kind: 'of a later node' } });
  assert.equal(texts(store.get('chat/0')), 'a b');
});

test('an address names a channel or a person, whatever they are called', () => {
  const rows = [{ name: 'lobby', direct: false }, { name: 'lobby', direct: true }, { name: 'a/b c', direct: true }];
  for (const row of rows) {
    const [, name] = placeOf(row).split('/');
    assert.equal(named(rows, decodeURIComponent(name)), row);
  }
  assert.equal(named(rows, 'nowhere'), undefined);
});

test('what nobody looked at is counted together', () => {
  assert.equal(unread(undefined), 0);
  assert.equal(unread({ talks: [{ unread: 2 }, { unread: 3 }] }), 5);
});

test('a line goes on with the one before it for a while', () => {
  const before = line('a');
  assert.equal(goesOn(undefined, line('b')), false);
  assert.equal(goesOn(before, line('b', { atMs: 119999 })), true);
  assert.equal(goesOn(before, line('b', { atMs: 120000 })), false);
  assert.equal(goesOn(before, line('b', { sender: 'eve' })), false);
  assert.equal(goesOn(line('', { kind: 'joined' }), line('b')), false);
});

test('what others say is spoken, and not all of a flood', () => {
  assert.deepEqual(spoken([line('a'), line('b', { own: true }), line('c', { kind: 'before' })], ''), ['ada: a']);
  const flood = spoken(['a', 'b', 'c', 'd'].map((text) => line(text)), '');
  assert.deepEqual(flood, ['4 new messages.', 'ada: b', 'ada: c', 'ada: d']);
});

test('what was sent comes back, and the draft after it', () => {
  const sent = new Sent();
  for (const text of ['a', 'b', 'b']) sent.add(text);
  assert.equal(sent.step(-1, 'draft'), 'b');
  assert.equal(sent.step(-1, ''), 'a');
  assert.equal(sent.step(-1, ''), 'a');
  assert.equal(sent.step(1, ''), 'b');
  assert.equal(sent.step(1, ''), 'draft');
});
