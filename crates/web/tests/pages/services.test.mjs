import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cards, counts, missing, openOf, stateOf, useOf } from '../../pages/core/services.js';

const one = (id, more = {}) => ({ id, label: id, summary: '', state: 'startable', processes: [], requires: [], exports: [], work: null, ...more });
const held = (name, opens) => ({ name, interface: 'X', opens, held: true });
const view = (services, grants = []) => ({ listed: true, mayLaunch: true, problem: null, services, grants });

test('what the session has can be used, what it has not can be launched', () => {
  for (const [service, use] of [
    [one('a'), 'launch'],
    [one('a', { state: 'attachable' }), 'launch'],
    [one('a', { state: 'running' }), 'now'],
    [one('a', { exports: [held('x', 'chat')] }), 'now'],
    [one('a', { state: 'unavailable', exports: [held('x', 'chat')] }), 'no'],
  ]) assert.equal(useOf(service), use);
  assert.equal(stateOf(one('a', { exports: [held('x', 'chat')] })).word, 'starts when used');
  assert.equal(stateOf(one('a', { state: 'of a later node' })).word, 'of a later node');
});

test('a service opens in the richest view of what is held', () => {
  const all = [held('a', 'capset/a'), held('b', 'services/b'), held('c', 'adventure')];
  assert.equal(openOf(one('x', { exports: all })), 'adventure');
  assert.equal(openOf(one('x', { exports: all.slice(0, 2) })), 'services/b');
  assert.equal(openOf(one('x', { exports: [{ ...all[0], held: false }] })), '');
});

test('what is missing is what is to be lent and not held', () => {
  const requires = [['a', true, 'yes'], ['b', true, 'no'], ['c', true, 'other'], ['d', false, 'no']].map(([name, lent, is]) => ({ name, lent, held: is }));
  assert.deepEqual(missing(one('x', { requires })).map(({ name }) => name), ['b', 'c']);
});

test('cards that can be used come first, and every word of a query is found', () => {
  const all = view([one('late'), one('used', { state: 'running' }), one('broken', { state: 'unavailable' })], [{ name: 'manual', interface: 'Manual', summary: 'The node’s manual.', opens: '', expiresAtMs: null }]);
  const keys = (query, which = 'all') => cards(all, query, which).map(({ key }) => key);
  assert.deepEqual(keys(''), ['s:used', 'g:manual', 's:late', 's:broken']);
  assert.deepEqual(keys('NODE manual'), ['g:manual']);
  assert.deepEqual(keys('', 'launch'), ['s:late']);
  assert.deepEqual(counts(all), { all: 4, now: 2, launch: 1, no: 1 });
});
