import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Windows } from '../../pages/core/windows.js';

/** Windows of one browser, whose channel is this list. */
function browser() {
  const all = [];
  return (token) => {
    const heard = [];
    const channel = { onmessage: null, postMessage: (data) => { for (const other of all) if (other !== channel) queueMicrotask(() => other.onmessage({ data })); } };
    all.push(channel);
    const windows = new Windows({ token: () => token, begun: (given) => heard.push(['begun', given]), ended: () => heard.push(['ended']) }, () => channel);
    return { windows, heard };
  };
}

test('a new window is given the token by one that has it', async () => {
  const open = browser();
  open('the token');
  open('');
  assert.equal(await open('').windows.ask(), 'the token');
});

test('a new window signs in where nobody answers', async () => {
  const open = browser();
  open('');
  assert.equal(await open('').windows.ask(), '');
});

test('one window that signs out tells the others, and so does one that signs in', async () => {
  const open = browser();
  const [one, two] = [open('a'), open('a')];
  one.windows.ended();
  one.windows.begun('b');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(two.heard, [['ended'], ['begun', 'b']]);
  assert.deepEqual(one.heard, []);
});

test('what is no message of ours is passed over', () => {
  const { windows, heard } = browser()('a');
  for (const data of [null, 7, 'x', {}, { to: 'nobody', token: 'x' }]) windows.take(data);
  assert.deepEqual(heard, []);
});
