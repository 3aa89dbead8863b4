import assert from 'node:assert/strict';
import { test } from 'node:test';

import { explain, explainEnd, sentence } from '../../pages/core/advice.js';
import { idleness } from '../../pages/core/idle.js';
import { strength } from '../../pages/core/password.js';
import { asLines, chosen, transcript } from '../../pages/core/reducers/transcript.js';
import { find, score } from '../../pages/core/search.js';
import { counted, duration, size } from '../../pages/core/words.js';

const S = 1000;
const M = 60 * S;
const H = 60 * M;

test('lengths of time are told in two units at most', () => {
  const told = [[-5, '0 s'], [400, '0 s'], [999, '1 s'], [59 * S, '59 s'], [61 * S, '1 min 1 s'], [11 * M + 3 * S, '11 min'], [H, '1 h'], [H + 5 * M, '1 h 5 min'], [26 * H, '1 d 2 h']];
  for (const [ms, words] of told) assert.equal(duration(ms), words, String(ms));
});

test('counts and sizes are told as people say them', () => {
  assert.equal(counted(1, 'row'), '1 row');
  assert.equal(counted(1234, 'row'), '1,234 rows');
  assert.equal(size(1023), '1,023 bytes');
  assert.equal(size(1536), '1.5 KiB');
  assert.equal(size(64 << 20), '64 MiB');
});

test('what is found best comes first', () => {
  const entries = ['Terminals', 'chat.send', 'Chat', 'system_info.motd', 'Launch chat'].map((title) => ({ title }));
  assert.deepEqual(find('chat', entries, 9).map(({ title }) => title), ['Chat', 'chat.send', 'Launch chat']);
  assert.equal(find('simo', entries, 9)[0].title, 'system_info.motd');
  assert.deepEqual(find('zzz', entries, 9), []);
  assert.equal(find('', entries, 2).length, 2);
  assert.equal(find('send chat', entries, 9)[0].title, 'chat.send');
});

test('a hint is searched too, and counts for less than a title', () => {
  const entries = [{ title: 'motd', hint: 'system' }, { title: 'system_info' }];
  assert.deepEqual(find('system', entries, 9).map(({ title }) => title), ['system_info', 'motd']);
  assert.equal(score('smotd', 'motd'), 0);
});

test('a password is not called good for being what everybody tries', () => {
  for (const weak of ['password1234', 'qwertyuiop', 'aaaaaaaaaaaa', 'short', 'alice-alice']) assert.ok(strength(weak, 'alice').points <= 1, weak);
  assert.ok(strength('correct horse battery').points >= 3);
  assert.equal(strength('').points, 0);
});

test('words of a server become sentences with what to do', () => {
  assert.equal(sentence('the sign-in was refused'), 'The sign-in was refused.');
  assert.equal(sentence('Choose another one: too short'), 'Choose another one: too short.');
  assert.equal(sentence(''), '');
  assert.deepEqual(explain({ code: 'authenticationDenied', message: 'no' }), { code: 'authenticationDenied', message: 'No.', advice: 'Check the name and the password, then try again.' });
  assert.equal(explain({ message: 'no', advice: 'Ask somebody.' }).advice, 'Ask somebody.');
  assert.equal(explain(undefined).message, 'That did not work.');
  assert.equal(explainEnd({ code: 'unauthenticated', message: 'Nobody is signed in here.' }).message, 'Your session is over.');
  assert.equal(explainEnd({ code: 'revoked', message: 'ended by an administrator' }).message, 'Ended by an administrator.');
});

test('who works here is kept signed in, and who does not is asked in time', () => {
  const whole = 30 * M;
  const look = (now, asked, touched) => idleness({ now, ends: asked + whole, whole, asked, touched });
  assert.deepEqual(look(5 * M, 0, 4 * M), { send: false, ask: false });
  assert.deepEqual(look(10 * M, 0, 9 * M), { send: true, ask: false });
  assert.deepEqual(look(10 * M, 0, 0), { send: false, ask: false });
  assert.deepEqual(look(28 * M - 1, 0, 0), { send: false, ask: false });
  assert.deepEqual(look(28 * M, 0, 0), { send: false, ask: true });
  assert.deepEqual(look(28 * M, 0, 27 * M), { send: true, ask: false });
  assert.deepEqual(look(29 * M, 0, 1 * M), { send: false, ask: true });
});

test('a short session is asked about in its last third', () => {
  const look = (now) => idleness({ now, ends: 30 * S, whole: 30 * S, asked: 0, touched: 0 }).ask;
  assert.equal(look(20 * S - 1), false);
  assert.equal(look(20 * S), true);
});

const rows = [
  { number: 1, atMs: 1, operation: 'signIn', subject: '', outcome: 'ok', durationMs: 1, notes: [] },
  { number: 2, atMs: 2, operation: 'call', subject: 'chat.send', outcome: 'permissionDenied', durationMs: 2, notes: [{ name: 'channel', value: 'lobby' }] },
];

test('rows that made room are gone, and new ones stand behind the others', () => {
  assert.deepEqual(transcript({ gone: 0, rows: [rows[0]] }, { gone: 1, rows: [rows[1]] }), { gone: 1, rows: [rows[1]] });
});

test('rows are chosen by every word of a query and by their outcome', () => {
  assert.deepEqual(chosen(rows, 'CALL lobby', 'all'), [rows[1]]);
  assert.deepEqual(chosen(rows, '', 'ok'), [rows[0]]);
  assert.deepEqual(chosen(rows, '', 'refused'), [rows[1]]);
  assert.deepEqual(chosen(rows, 'call missing', 'all'), []);
  assert.equal(asLines(rows).trim().split('\n').map((line) => JSON.parse(line)).length, 2);
});
