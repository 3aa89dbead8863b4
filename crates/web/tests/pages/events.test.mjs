import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Api } from '../../pages/core/api.js';
import { Events, Reader } from '../../pages/core/events.js';

/** A server of streams: each request waits in `asked` with a way to write to it and to break it. */
class Streams {
  constructor() {
    this.asked = [];
    this.wishes = [];
    this.waiting = [];
  }

  fetch = async (path, init) => {
    if (path === '/api/window') { this.wishes.push(JSON.parse(init.body).topics); return new Response('{}'); }
    const encoder = new TextEncoder();
    let writer;
    const body = new ReadableStream({ start: (controller) => { writer = controller; } });
    init.signal.addEventListener('abort', () => { try { writer.error(init.signal.reason); } catch { /* it broke already */ } });
    const stream = { path, headers: init.headers, write: (text) => writer.enqueue(encoder.encode(text)), fail: () => writer.error(new TypeError('network')), end: () => writer.close() };
    if (this.refuse) throw this.refuse;
    if (this.status) return new Response('{"code":"staleSession","message":"Over."}', { status: this.status });
    this.asked.push(stream);
    this.waiting.shift()?.(stream);
    return new Response(body);
  };

  next() {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

function watch(streams, silence, quiet) {
  const told = [];
  const states = [];
  const waits = [];
  const state = (name, problem) => { states.push(name); for (const wait of waits.splice(0)) if (wait.name === name) wait.resolve(problem); else waits.push(wait); };
  const until = (name) => new Promise((resolve) => waits.push({ name, resolve }));
  const events = new Events(new Api(streams.fetch), { tell: (event) => told.push(event), state, silence, quiet });
  return { events, told, states, until };
}

test('events are read whatever pieces they arrive in', () => {
  const reader = new Reader();
  const text = 'data: {"a":1}\n\n:\n\ndata: {"b":"x\\ny"}\n\nid: 00-7\n\n';
  const told = [...text].flatMap((letter) => reader.take(letter));
  assert.deepEqual(told, [{ a: 1 }, { b: 'x\ny' }]);
  assert.equal(reader.place, '00-7');
});

test('a stream that breaks begins again from where it was, and says both', async () => {
  const streams = new Streams();
  const { events, told, until } = watch(streams);
  const first = streams.next();
  events.run();
  (await first).write('data: {"topic":"a","whole":1}\n\nid: e-1\n\n');
  const lost = until('lost');
  await new Promise((resolve) => setImmediate(resolve));
  const second = streams.next();
  (await first).fail();
  await lost;
  const live = until('live');
  const again = await second;
  await live;
  assert.equal(again.headers.get('last-event-id'), 'e-1');
  assert.equal(told.length, 1);
  events.close();
});

test('a server that says nothing is taken for gone', async () => {
  const streams = new Streams();
  const { events, until } = watch(streams, 20);
  events.run();
  await until('live');
  await until('lost');
  events.close();
});

test('one that is silent for a moment is said not to answer, and one that goes on to be there', async () => {
  const streams = new Streams();
  const { events, states, until } = watch(streams, 5000, 20);
  const first = streams.next();
  events.run();
  const stream = await first;
  await until('quiet');
  const live = until('live');
  stream.write(':\n\n');
  await live;
  assert.deepEqual(states, ['live', 'quiet', 'live']);
  assert.equal(streams.asked.length, 1, 'the stream is the same');
  events.close();
});

test('whoever comes back finds a stream that was silent begun anew, and one that was not as it is', async () => {
  const streams = new Streams();
  const { events, until } = watch(streams, 5000, 30);
  const first = streams.next();
  events.run();
  (await first).write('data: {"topic":"a","whole":1}\n\nid: e-4\n\n');
  await new Promise((resolve) => setImmediate(resolve));
  events.wake();
  assert.equal(streams.asked.length, 1);
  await until('quiet');
  const again = streams.next();
  events.wake();
  assert.equal((await again).headers.get('last-event-id'), 'e-4');
  await until('live');
  const sure = streams.next();
  events.wake(true);
  await sure;
  events.close();
});

test('a page that was frozen for longer than a server may be silent gives up its stream alone', async (t) => {
  t.mock.timers.enable({ apis: ['Date'] });
  const streams = new Streams();
  const { events, until } = watch(streams, 20);
  const given = events.api.link.signal;
  const live = until('live');
  events.run();
  await live;
  t.mock.timers.tick(60000);
  await until('lost');
  assert.equal(given.aborted, false, 'what else is under way goes on');
  events.close();
});

test('signs of life keep a stream alive', async () => {
  const streams = new Streams();
  const { events, states } = watch(streams, 200);
  const first = streams.next();
  events.run();
  const stream = await first;
  for (let count = 0; count < 6; count += 1) {
    stream.write(':\n\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(states, ['live']);
  events.close();
});

test('the end that the server tells is the end, with why', async () => {
  const streams = new Streams();
  const { events, until } = watch(streams);
  const over = until('over');
  const first = streams.next();
  const run = events.run();
  (await first).write('data: {"ended":{"code":"expired","message":"Time is up."}}\n\n');
  assert.deepEqual(await over, { code: 'expired', message: 'Time is up.' });
  await run;
});

test('a session that is not there any more is over', async () => {
  const streams = new Streams();
  streams.status = 401;
  const { events, until } = watch(streams);
  const over = until('over');
  await events.run();
  assert.equal((await over).code, 'staleSession');
});

test('hurry ends the wait for the next attempt', async () => {
  const streams = new Streams();
  streams.refuse = new TypeError('Failed to fetch');
  const { events, until } = watch(streams);
  const lost = until('lost');
  events.run();
  await lost;
  delete streams.refuse;
  const live = until('live');
  await new Promise((resolve) => setImmediate(resolve));
  events.hurry();
  await live;
  events.close();
});

test('what a window wants is told once for many changes, and with the stream where it begins', async () => {
  const streams = new Streams();
  const { events, until } = watch(streams);
  events.want(['b', 'a']);
  const first = streams.next();
  const live = until('live');
  events.run();
  assert.match((await first).path, /topics=a%2Cb$/);
  await live;
  events.want(['a']);
  events.want([]);
  events.want(['c']);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(streams.wishes, [['c']]);
  events.close();
});
