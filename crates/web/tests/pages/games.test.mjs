// What the games' views are made of, without a page.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { given, obstacle, settled, verbs } from '../../pages/core/described.js';
import { line, money, number, rates } from '../../pages/core/figures.js';
import { draw } from '../../pages/core/map.js';
import { adventure } from '../../pages/core/reducers/adventure.js';
import { paperclips } from '../../pages/core/reducers/paperclips.js';

const choice = (name, ...all) => ({ name, label: name, summary: '', optional: false, values: { kind: 'choice', choices: all.map((value) => ({ value, label: value })) } });
const command = (name, ...parameters) => ({ name, label: name, summary: '', group: '', parameters, refusal: null });

test('what can be done with a thing is what it can be chosen for', () => {
  const menu = { title: '', status: '', commands: [command('take', choice('item', 'bread')), command('give', choice('item', 'knife'), choice('actor', 'bread')), command('drop', choice('item'))] };
  assert.deepEqual(verbs(menu, 'bread').map(({ spec, parameter }) => `${spec.name} ${parameter}`), ['take item', 'give actor']);
  assert.deepEqual(settled(menu.commands[1], 'actor').parameters.map(({ name }) => name), ['item']);
  assert.match(obstacle(menu.commands[2]), /no item/);
});

test('numbers are given as numbers, and what is empty may be left out', () => {
  const count = { name: 'count', label: '', summary: '', optional: true, values: { kind: 'integer', least: 1, most: 9 } };
  assert.deepEqual(given(command('make', count), () => '3'), [{ name: 'count', value: 3 }]);
  assert.deepEqual(given(command('make', count), () => ''), []);
  assert.throws(() => given(command('make', count), () => '1.5'));
});

test('a map gives every room a place of its own, and survives hostile names', () => {
  const rooms = [
    { id: 'a', title: 'A', exits: [{ direction: 'north', to: 'b' }, { direction: 'constructor', to: '__proto__' }, { direction: 'shaft', to: 'c' }] },
    { id: 'b', title: 'B', exits: [{ direction: 'south', to: 'd' }] },
  ];
  const { places, ways, width, height } = draw(rooms);
  assert.equal(new Set(places.map(({ x, y }) => `${x} ${y}`)).size, places.length);
  assert.ok(places.every(({ x, y }) => x >= 0 && y >= 0 && x < width && y < height));
  assert.equal(ways.length, 4);
});

test('figures are words', () => {
  assert.equal(number(1234), '1,234');
  assert.equal(number(2.5e12), '2.500 trillion');
  assert.equal(money(1234, { unit: 100, fraction: 2 }), '$12.34');
  assert.deepEqual(rates([{ atMs: 0, made: 0 }, { atMs: 500, made: 2 }], ({ made }) => made), [4]);
  assert.equal(line([1], 10, 10), '');
  assert.equal(line([0, 1], 10, 10), 'M0.0 10.0L10.0 0.0');
});

test('a step of a game leaves what it does not tell', () => {
  const game = { samples: [], status: { made: 1 }, projects: [], menu: null };
  const next = paperclips(game, { sample: { atMs: 1 }, status: null, projects: null, menu: null });
  assert.deepEqual([next.status, next.samples.length], [{ made: 1 }, 1]);
});

test('a world keeps what was seen and said', () => {
  const room = (id) => ({ id, title: id, exits: [] });
  const said = { asked: 'go', done: true, text: 'x' };
  const world = adventure({ now: null, seen: [room('b')], log: [] }, { room: room('a'), items: [], menu: null, said });
  assert.deepEqual([world.seen.map(({ id }) => id), world.log, world.now.said], [['a', 'b'], [said], null]);
});
