import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Store } from '../../pages/core/store.js';
import { Wants } from '../../pages/core/wants.js';

test('whoever watches a topic is shown it at once and after each change', () => {
  const store = new Store();
  const seen = [];
  store.tell({ topic: 'a', whole: 1 });
  const stop = store.watch('a', (value) => seen.push(value));
  store.tell({ topic: 'a', whole: 2 });
  store.tell({ topic: 'b', whole: 3 });
  store.tell({ topic: 'a', gone: true });
  stop();
  store.tell({ topic: 'a', whole: 4 });
  assert.deepEqual(seen, [1, 2, undefined]);
});

test('a delta changes what is there, and does nothing where nothing is', () => {
  const store = new Store();
  const row = (number) => ({ number });
  store.tell({ topic: 'transcript', delta: { gone: 0, rows: [row(1)] } });
  assert.equal(store.get('transcript'), undefined);
  store.tell({ topic: 'transcript', whole: { gone: 0, rows: [row(1), row(2)] } });
  store.tell({ topic: 'transcript', delta: { gone: 1, rows: [row(3)] } });
  assert.deepEqual(store.get('transcript'), { gone: 1, rows: [row(2), row(3)] });
});

test('a stream that begins anew leaves nothing from before', () => {
  const store = new Store();
  const seen = [];
  store.tell({ topic: 'a', whole: 1 });
  store.watch('a', (value) => seen.push(value));
  store.tell({ begin: { anew: false } });
  assert.equal(store.get('a'), 1);
  store.tell({ begin: { anew: true } });
  assert.equal(store.get('a'), undefined);
  assert.deepEqual(seen, [1, undefined]);
});

test('whoever watches all hears of every topic, and one may stop while it is told', () => {
  const store = new Store();
  const seen = [];
  const stop = store.watchAll((topic) => { seen.push(topic); stop(); });
  store.watchAll((topic) => seen.push(topic));
  store.tell({ topic: 'a', whole: 1 });
  store.tell({ topic: 'b', whole: 1 });
  assert.deepEqual(seen, ['a', 'a', 'b']);
});

test('a topic is wanted for as long as anybody wants it', () => {
  const told = [];
  const wants = new Wants((topics) => told.push(topics));
  const one = wants.want('a');
  const two = wants.want('a');
  one();
  one();
  assert.deepEqual(told.at(-1), ['a']);
  two();
  assert.deepEqual(told.at(-1), []);
});
