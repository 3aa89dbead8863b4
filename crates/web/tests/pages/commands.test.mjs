import assert from 'node:assert/strict';
import { test } from 'node:test';

import { command as named, given, groups, isSafe, most, obstacle, settled, shape, titleOf, verbs } from '../../pages/core/commands.js';

const parameter = (values, optional = false) => ({ name: 'it', label: '', summary: '', optional, values });
const command = (...parameters) => ({ name: 'do', label: '', summary: '', group: '', parameters, refusal: null });
const value = (values, words, optional) => given(command(parameter(values, optional)), () => words);
const integer = (least, greatest) => ({ kind: 'integer', least: String(least), most: String(greatest) });
const choice = (name, ...all) => ({ ...parameter({ kind: 'choice', choices: all.map((one) => ({ value: one, label: one })) }), name, label: name });

test('commands stand with their group, in the order of the menu', () => {
  const all = [['a', 'x'], ['b', 'y'], ['c', 'x']].map(([name, group]) => ({ ...command(), name, group }));
  assert.deepEqual(groups(all).map((one) => `${one.name}: ${one.commands.map(({ name }) => name)}`), ['x: a,c', 'y: b']);
  assert.equal(named({ title: '', status: '', commands: all }, 'b'), all[1]);
  assert.equal(named(null, 'b'), undefined);
});

test('names of an object’s own parts are names like others', () => {
  const all = ['__proto__', 'constructor', 'toString'].map((name) => ({ ...command(), name, group: name }));
  assert.deepEqual(groups(all).map(({ name }) => name), ['__proto__', 'constructor', 'toString']);
  const hostile = command({ ...parameter({ kind: 'text', most: 0 }), name: '__proto__' });
  assert.deepEqual(given(hostile, () => 'x'), [{ name: '__proto__', value: 'x' }]);
});

test('what cannot be done says why', () => {
  assert.equal(obstacle(command()), '');
  assert.equal(obstacle({ ...command(), refusal: 'Needs wire.' }), 'Needs wire.');
  assert.match(obstacle({ ...command(), refusal: '' }), /not possible/);
  assert.match(obstacle(command(choice('item'))), /no item/);
  assert.equal(obstacle(command(parameter({ kind: 'choice', choices: [] }, true))), '');
  assert.match(obstacle(command(parameter(integer(2, 1)))), /no it for that/);
  assert.equal(obstacle(command(parameter(integer(1, 1)))), '');
  assert.equal(obstacle(command(parameter(integer(2, 1), true))), '');
});

test('numbers are of their range, at the bound and one past it, and keep every digit', () => {
  const all = integer('-9223372036854775808', '9223372036854775807');
  for (const words of ['9223372036854775807', '-9223372036854775808', '9007199254740993']) {
    assert.deepEqual(value(all, ` ${words} `), [{ name: 'it', value: { integer: words } }]);
  }
  assert.deepEqual(value(all, '+7'), [{ name: 'it', value: { integer: '7' } }]);
  for (const past of ['9223372036854775808', '-9223372036854775809']) assert.throws(() => value(all, past), /^Error: From/);
  for (const none of ['1.5', '1e3', '0x1', '１', 'one', '99999999999999999999']) assert.throws(() => value(all, none), /whole number/);
  assert.equal(isSafe(all), false);
  assert.equal(isSafe(integer(-5, 9007199254740991)), true);
  assert.equal(isSafe(integer(0, '9007199254740993')), false);
});

test('words are as long as they may be, at the bound and one past it, and go as they were typed', () => {
  const text = { kind: 'text', most: 2 };
  assert.deepEqual(value(text, 'é'), [{ name: 'it', value: 'é' }]);
  assert.throws(() => value(text, 'éx'), /too long/);
  assert.deepEqual(value({ kind: 'text', most: 0 }, ' x '), [{ name: 'it', value: ' x ' }]);
  assert.deepEqual(value({ kind: 'boolean' }, false), [{ name: 'it', value: false }]);
});

test('what is needed and not given is named, and what may be left out is', () => {
  for (const values of [{ kind: 'text', most: 9 }, integer(1, 9), { kind: 'suggestion', choices: [] }]) {
    assert.deepEqual(value(values, '', true), []);
    assert.throws(() => value(values, ' '), (error) => error.parameter === 'it' && /needed/.test(error.message));
  }
});

test('a form stays where what is asked stays, whatever can be chosen by now', () => {
  assert.equal(shape(command(choice('item', 'bread'))), shape(command(choice('item', 'knife'))));
  assert.notEqual(shape(command(choice('item'))), shape(command(choice('actor'))));
  assert.notEqual(shape(command(parameter(integer(0, 1)))), shape(command(parameter(integer(0, 1), true))));
  assert.equal(titleOf({ name: 'do', label: '' }), 'do');
});

test('all of something can be had at once where that is more than one', () => {
  const count = (greatest) => command({ ...parameter(integer(1, greatest), true), name: 'count' });
  assert.deepEqual([most(count(1)), most(count(2)), most(count('9223372036854775807'))], ['', '2', '9223372036854775807']);
  assert.equal(most(command(choice('count', '9'))), '');
});

test('what can be done with a thing is what it can be chosen for', () => {
  const commands = [['take', choice('item', 'bread')], ['give', choice('item', 'knife'), choice('actor', 'bread')], ['drop', choice('item')]];
  const menu = { title: '', status: '', commands: commands.map(([name, ...parameters]) => ({ ...command(...parameters), name })) };
  assert.deepEqual(verbs(menu, 'bread').map(({ spec, parameter: takes }) => `${spec.name} ${takes}`), ['take item', 'give actor']);
  assert.deepEqual(settled(menu.commands[1], 'actor').parameters.map(({ name }) => name), ['item']);
});
