// What the games' views are made of, without a page.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { line, money, number, rates } from '../../pages/core/figures.js';
import { draw } from '../../pages/core/map.js';
import { adventure } from '../../pages/core/reducers/adventure.js';
import { paperclips } from '../../pages/core/reducers/paperclips.js';

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

test('a world keeps what was seen and said, and draws what the map has a place for', () => {
  const room = (id) => ({ id, title: id, exits: [] });
  const said = { asked: 'go', done: true, text: 'x' };
  const world = adventure({ now: null, seen: [room('b')], log: [] }, { room: room('a'), mapped: true, items: [], menu: null, said });
  assert.deepEqual([world.seen.map(({ id }) => id), world.log, world.now.said], [['a', 'b'], [said], null]);
  const more = adventure(world, { room: room('c'), mapped: false, items: [], menu: null, said: null });
  assert.deepEqual([more.seen, more.now.room.id], [world.seen, 'c']);
  const long = Array.from({ length: 101 }, () => 0).reduce((now) => adventure(now, { ...world.now, mapped: true, said }), world);
  assert.equal(long.log.length, 100);
});
