import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Api, Refused, Unreachable } from '../../pages/core/api.js';

const answer = (status, body) => new Response(JSON.stringify(body), { status });

test('a request has the token, and a command is sent as JSON', async () => {
  const asked = [];
  const api = new Api(async (path, init) => { asked.push([path, init]); return answer(200, { done: true }); });
  api.token = 'the token';
  assert.deepEqual(await api.act('chat', 'send', { text: 'hello' }), { done: true });
  const [[path, init]] = asked;
  assert.equal(path, '/api/do/chat/send');
  assert.equal(init.headers.get('x-csrf-token'), 'the token');
  assert.equal(init.headers.get('content-type'), 'application/json');
  assert.equal(init.headers.get('idempotency-key'), null);
  assert.equal(init.body, '{"text":"hello"}');
});

test('a refusal has its code and its words', async () => {
  const api = new Api(async () => answer(403, { code: 'permissionDenied', message: 'No.', advice: 'Ask.' }));
  await assert.rejects(api.get('/x'), (error) => error instanceof Refused && error.status === 403 && error.code === 'permissionDenied' && error.advice === 'Ask.');
});

test('an answer that is no problem of ours is a refusal all the same', async () => {
  const api = new Api(async () => new Response('<html>', { status: 502 }));
  await assert.rejects(api.get('/x'), (error) => error instanceof Refused && error.status === 502 && error.code === 'internal');
});

test('a server that cannot be reached is told apart', async () => {
  const api = new Api(async () => { throw new TypeError('Failed to fetch'); });
  await assert.rejects(api.get('/x'), Unreachable);
});

test('what the caller gives up is not taken for an unreachable server', async () => {
  const stop = new AbortController();
  const api = new Api((path, { signal }) => new Promise((resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); }));
  const pending = api.act('a', 'b', {}, stop.signal);
  stop.abort();
  await assert.rejects(pending, { name: 'AbortError' });
});

test('a server that has fallen silent is given up with all that was asked of it', async () => {
  const api = new Api((path, { signal }) => new Promise((resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); }));
  const pending = api.act('a', 'b');
  api.breakOff();
  await assert.rejects(pending, Unreachable);
});

test('a request waits no longer than it may', async () => {
  const api = new Api((path, { signal }) => new Promise((resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); }));
  await assert.rejects(api.post('/x', {}, undefined, { patience: 5 }), Unreachable);
});

test('what must be done once is sent again under the same key where its answer was lost', async () => {
  const keys = [];
  const api = new Api(async (path, init) => {
    keys.push(init.headers.get('idempotency-key'));
    if (keys.length === 1) throw new TypeError('Failed to fetch');
    return answer(200, { done: true });
  });
  assert.deepEqual(await api.once('services', 'launch'), { done: true });
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.match(keys[0], /^[0-9a-f]{32}$/);
  await api.once('services', 'launch');
  assert.notEqual(keys[2], keys[0]);
});

test('what was refused is not sent again', async () => {
  let count = 0;
  const api = new Api(async () => { count += 1; return answer(409, { code: 'conflict' }); });
  await assert.rejects(api.once('services', 'launch'), Refused);
  assert.equal(count, 1);
});
