import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Refused, Unreachable } from '../../pages/core/api.js';
import { Transfers } from '../../pages/core/transfers.js';

test('a file that breaks off is said to be, whatever words the browser has for it', async () => {
  const transfers = new Transfers();
  for (const error of [new Unreachable(), new TypeError('network error')]) {
    const told = await transfers.track('saved', () => Promise.reject(error)).catch((one) => one);
    assert.match(told.message, /did not come whole, so it was not saved/);
    assert.match(told.advice, /save it again/);
  }
  const sent = await transfers.track('sent', () => Promise.reject(new Unreachable())).catch((one) => one);
  assert.match(sent.message, /did not reach the node whole, so nothing was done/);
  const full = new Refused(429, { code: 'tooManyUploads', message: 'Too many.' });
  assert.equal(await transfers.track('sent', () => Promise.reject(full)).catch((one) => one), full, 'a refusal has words of its own');
});

test('the end of a session tells of what was under way, or broke off just before, and of nothing else', async () => {
  let now = 100_000;
  const transfers = new Transfers(() => now);
  assert.equal(await transfers.track('sent', async () => 'key'), 'key');
  await transfers.track('sent', () => Promise.reject(new Refused(429, {}))).catch(() => {});
  assert.equal(transfers.lost(), '');
  let end = () => {};
  const under = transfers.track('saved', () => new Promise((resolve) => { end = resolve; }));
  assert.match(transfers.lost(), /^A file that was being saved/);
  end();
  await under;
  assert.equal(transfers.lost(), '');
  await transfers.track('sent', () => Promise.reject(new Refused(401, {}))).catch(() => {});
  assert.match(transfers.lost(), /^A file that was being sent/);
  now += 5000;
  assert.equal(transfers.lost(), '', 'that was told when it happened');
});
