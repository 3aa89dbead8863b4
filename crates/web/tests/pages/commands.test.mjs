import assert from 'node:assert/strict';
import { test } from 'node:test';

import { given, groups, whyNot } from '../../pages/core/commands.js';

const parameter = (values, optional = false) => ({ name: 'it', label: '', summary: '', optional, values });
const command = (...parameters) => ({ name: 'do', label: '', summary: '', group: '', parameters, available: true, reason: '' });
const value = (values, it, optional) => given(command(parameter(values, optional)), { it });

test('commands stand with their group, in the order of the menu', () => {
  const all = [['a', 'x'], ['b', 'y'], ['c', 'x']].map(([name, group]) => ({ ...command(), name, group }));
  assert.deepEqual(groups(all).map((one) => `${one.name}: ${one.commands.map(({ name }) => name)}`), ['x: a,c', 'y: b']);
});

test('what cannot be done says why', () => {
  assert.equal(whyNot(command()), '');
  assert.equal(whyNot({ ...command(), available: false, reason: 'Needs wire.' }), 'Needs wire.');
  assert.match(whyNot(command(parameter({ kind: 'choice', choices: [] }))), /nothing to choose/);
  assert.equal(whyNot(command(parameter({ kind: 'choice', choices: [] }, true))), '');
});

test('values are of their type and range, at the bound and one past it', () => {
  const integer = { kind: 'integer', min: '-9223372036854775808', max: '9223372036854775807' };
  assert.deepEqual(value(integer, ' 9223372036854775807 ').arguments, [{ kind: 'integer', name: 'it', value: '9223372036854775807' }]);
  assert.match(value(integer, '9223372036854775808').wrong.why, /^From/);
  assert.match(value(integer, '1.5').wrong.why, /whole number/);
  const text = { kind: 'text', most: 2 };
  assert.equal(value(text, 'é').wrong, null);
  assert.match(value(text, 'éx').wrong.why, /too long/);
  assert.match(value(text, '').wrong.why, /needed/);
  assert.deepEqual(value(text, '', true), { arguments: [], wrong: null });
  assert.deepEqual(value({ kind: 'boolean' }, undefined).arguments, [{ kind: 'boolean', name: 'it', value: false }]);
});
