// Streams, both ways, as readables and as writables.

import { setTimeout as sleep } from "node:timers/promises";

import { capnweb } from "../packages.mjs";
import { check } from "../harness.mjs";
import { fnv1a, make } from "../reference/values.mjs";

const { RpcTarget } = capnweb;

const upTo = (length) => Array.from({ length }, (_, index) => index);

/** A stream of these values; `stats` tells how many were taken and whether it was cancelled. */
function streamOf(values, stats = {}) {
  const iterator = values[Symbol.iterator]();
  stats.taken = 0;
  stats.cancelled = false;
  const pull = (controller) => {
    const { done, value } = iterator.next();
    if (done) return controller.close();
    stats.taken += 1;
    controller.enqueue(value);
  };
  return new ReadableStream({ pull, cancel: () => void (stats.cancelled = true) }, { highWaterMark: 0 });
}

function* pieces(total, size) {
  for (let start = 0; start < total; start += size) {
    yield Uint8Array.from({ length: Math.min(size, total - start) }, (_, index) => (start + index) & 255);
  }
}

const hashOf = (total) => fnv1a(Uint8Array.from({ length: total }, (_, index) => index & 255));

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

/** A client's writable that keeps what it is given. */
function keeper(options = {}) {
  const kept = { chunks: [], closed: false, aborted: null };
  const stream = new WritableStream({
    async write(chunk) {
      if (options.delay) await sleep(options.delay);
      if (kept.chunks.length === options.most) throw new RangeError("keeper is full");
      kept.chunks.push(chunk);
    },
    close: () => void (kept.closed = true),
    abort: (reason) => void (kept.aborted = reason),
  });
  return [stream, kept];
}

class Count extends RpcTarget {
  #value;
  constructor(value) {
    super();
    this.#value = value;
  }
  increment(by) {
    return (this.#value += by);
  }
}

const MEBIBYTE = 1 << 20;

export default [
  // To the server

  check("a stream of values is read to its end", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.readAll(streamOf([1, "two", { three: 3 }, null, [4, [5]], 6n])), [1, "two", { three: 3 }, null, [4, [5]], 6n]);
    t.equal(await main.readAll(streamOf([])), []);
  }),
  check("chunks of all kinds arrive as what they are", async (t) => {
    const { main } = await t.connect();
    for (const kind of ["mixed", "error-rich", "object", "date-invalid", "Int16Array", "nan", "undefined", "array-nested"]) {
      const [chunk] = await main.readAll(streamOf([make(kind)]));
      await t.same(chunk, make(kind), kind);
    }
  }),
  check("5,000 chunks arrive in order", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.readAll(streamOf(upTo(5000))), upTo(5000));
  }),
  check("4 MiB of bytes arrive whole", async (t) => {
    const { main } = await t.connect();
    const seen = await main.readBytes(streamOf(pieces(4 * MEBIBYTE, 60_000)));
    t.equal(seen, { bytes: 4 * MEBIBYTE, chunks: Math.ceil((4 * MEBIBYTE) / 60_000), hash: hashOf(4 * MEBIBYTE) });
  }),
  check("a stream that fails fails its reader", async (t) => {
    const { main } = await t.connect();
    const stream = new ReadableStream({
      start: (controller) => controller.enqueue(1),
      pull: (controller) => controller.error(new RangeError("source failed")),
    });
    await t.rejects(main.readAll(stream), { name: "RangeError", message: "source failed" });
    t.equal(await main.ping(), "pong");
  }),
  check("a reader that has enough cancels the stream", async (t) => {
    const { main } = await t.connect();
    const stats = {};
    t.equal(await main.readSome(streamOf(upTo(1_000_000), stats), 5), [0, 1, 2, 3, 4]);
    await t.eventually(() => stats.cancelled, true, "cancelled");
    t.holds(stats.taken < 50_000, "most was never made", stats.taken);
    t.equal(await main.readSome(streamOf([1, 2]), 5), [1, 2], "of a stream that ends before");
  }),
  check("a stream that the method does not read is cancelled when the call ends", async (t) => {
    const { main } = await t.connect();
    const stats = {};
    t.equal(await main.argCount(streamOf(upTo(1_000_000), stats)), 1);
    await t.eventually(() => stats.cancelled, true, "cancelled");
    const other = {};
    await t.rejects(main.noSuchMethod({ deep: streamOf(upTo(1_000_000), other) }));
    await t.eventually(() => other.cancelled, true, "cancelled where no method was found");
  }),
  check("a server that does not read holds the client's stream back", async (t) => {
    const { main } = await t.connect();
    const stats = {};
    const total = 4 * MEBIBYTE;
    const read = main.stallThenRead(streamOf(pieces(total, 32 * 1024), stats), 400);
    await sleep(300);
    t.holds(stats.taken * 32 * 1024 <= MEBIBYTE, "at most 1 MiB on its way while nobody reads", stats.taken * 32 * 1024);
    t.equal((await read).bytes, total);
  }),
  check("a stream whose chunks are stubs", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.sumCounters(streamOf([new Count(1), new Count(20), new Count(300)])), 321);
  }),
  check("a stream whose chunks are the server's own stubs", async (t) => {
    const { main } = await t.connect();
    const counters = await main.makeCounters(5);
    t.equal(await main.sumCounters(streamOf(counters)), 10);
  }, { notReference: "it takes its own stub that came home for a promise, which it cannot write to a stream" }),
  check("two streams in one call, one in another's object", async (t) => {
    const { main } = await t.connect();
    const [a, b] = [{}, {}];
    t.equal(await main.argCount(streamOf([1], a), { nested: [streamOf([2], b)] }), 2);
    t.equal(await Promise.all([main.readAll(streamOf([1, 2])), main.readAll(streamOf([3, 4]))]), [[1, 2], [3, 4]]);
  }),
  check("calls are answered while a stream flows", async (t) => {
    const { main } = await t.connect();
    const read = main.readBytes(streamOf(pieces(4 * MEBIBYTE, 64 * 1024)));
    for (let index = 0; index < 20; index += 1) t.equal(await main.add(index, 1), index + 1);
    t.equal((await read).bytes, 4 * MEBIBYTE);
  }),

  // From the server

  check("a stream of the server's is read to its end", async (t) => {
    const { main } = await t.connect();
    t.equal(await collect(await main.makeStream([1, [2, [3]], { four: 4n }, null])), [1, [2, [3]], { four: 4n }, null]);
    t.equal(await collect(await main.makeStream([])), []);
    t.equal(await collect(await main.makeStream(upTo(3000))), upTo(3000));
  }),
  check("bytes of the server's arrive whole", async (t) => {
    const { main } = await t.connect();
    const chunks = await collect(await main.makeByteStream(1_000_003, 50_000));
    t.equal(chunks.map((chunk) => chunk.length), [...Array(20).fill(50_000), 3]);
    t.equal(fnv1a(Buffer.concat(chunks)), hashOf(1_000_003));
    t.equal(await collect(await main.makeByteStream(0, 10)), []);
  }),
  check("a stream of the server's fails as its source does", async (t) => {
    const { main } = await t.connect();
    const seen = [];
    const reading = (async () => {
      for await (const value of await main.makeErrorStream([1, 2], "server source failed")) seen.push(value);
    })();
    await t.rejects(reading, { name: "RangeError", message: "server source failed" });
    // A failure overtakes what was not read yet.
    t.equal(seen, [1, 2].slice(0, seen.length));
  }),
  check("an endless stream ends when it is cancelled", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const reader = (await main.makeEndlessStream(key)).getReader();
    const values = [];
    while (values.length < 10) values.push((await reader.read()).value);
    t.equal(values, upTo(10));
    t.equal((await main.streamStatus(key)).cancelled, false);
    await reader.cancel();
    const { produced } = await t.eventually(() => main.streamStatus(key), ({ cancelled }) => cancelled);
    await sleep(30);
    const later = await main.streamStatus(key);
    t.holds(later.produced - produced <= 2, "no more after the cancel", later.produced - produced);
  }),
  check("an endless stream ends when its client is gone", async (t) => {
    const [leaver, witness] = [await t.connect(), await t.connect()];
    const key = t.key();
    const reader = (await leaver.main.makeEndlessStream(key)).getReader();
    await reader.read();
    leaver.terminate();
    await t.eventually(() => witness.main.streamStatus(key), ({ cancelled }) => cancelled, "cancelled");
  }),
  check("an endless stream that nobody takes ends with its result", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const stream = await main.makeEndlessStream(key);
    stream[Symbol.dispose]();
    await t.eventually(() => main.streamStatus(key), ({ cancelled }) => cancelled, "cancelled");
  }),
  check("a client that does not read holds the server back", async (t) => {
    const session = await t.connect();
    const reader = (await session.main.makeByteStream(64 * MEBIBYTE, 32 * 1024)).getReader();
    await reader.read();
    await sleep(300);
    t.holds(session.received <= 1.5 * MEBIBYTE, "at most 1 MiB (in base64 a third more) while nobody reads", session.received);
    await reader.cancel();
    t.equal(await session.main.ping(), "pong");
  }),
  check("a slow client gets all in the end", async (t) => {
    const { main } = await t.connect();
    let bytes = 0;
    for await (const chunk of await main.makeByteStream(2 * MEBIBYTE, 128 * 1024)) {
      await sleep(5);
      bytes += chunk.length;
    }
    t.equal(bytes, 2 * MEBIBYTE);
  }),
  check("32 MiB arrive from the server, and the window moves", async (t) => {
    const { main } = await t.connect();
    let bytes = 0;
    for await (const chunk of await main.makeByteStream(32 * MEBIBYTE, 64 * 1024)) bytes += chunk.length;
    t.equal(bytes, 32 * MEBIBYTE);
  }, { deadline: 60_000 }),
  check("a stream of the server's counters", async (t) => {
    const { main } = await t.connect();
    const values = [];
    for await (const counter of await main.makeCounterStream(4)) {
      values.push(await counter.increment(10));
      counter[Symbol.dispose]();
    }
    t.equal(values, [10, 11, 12, 13]);
  }),
  check("a stream there and back", async (t) => {
    const { main } = await t.connect();
    t.equal(await collect(await main.echoStream(streamOf(upTo(500)))), upTo(500));
    t.equal(await collect(await main.echoStream(streamOf([]))), []);
  }),
  check("a stream there and back passes on as it comes", async (t) => {
    const { main } = await t.connect();
    let send;
    const source = new ReadableStream({ start: (controller) => void (send = controller) });
    const reader = (await main.echoStream(source)).getReader();
    for (const value of ["a", "b", "c"]) {
      send.enqueue(value);
      t.equal((await t.soon(reader.read(), "the chunk")).value, value);
    }
    send.close();
    t.equal((await t.soon(reader.read(), "the end")).done, true);
  }),
  check("a stream there and back fails as its source does", async (t) => {
    const { main } = await t.connect();
    let send;
    const source = new ReadableStream({ start: (controller) => void (send = controller) });
    const reader = (await main.echoStream(source)).getReader();
    send.enqueue(1);
    t.equal((await reader.read()).value, 1);
    send.error(new RangeError("midway"));
    await t.rejects(reader.read(), { name: "RangeError", message: "midway" });
  }),
  check("ten streams of the server's at once", async (t) => {
    const { main } = await t.connect();
    const all = await Promise.all(upTo(10).map(async (index) => {
      const chunks = await collect(await main.makeByteStream(100_000 + index, 7000));
      return Buffer.concat(chunks).length;
    }));
    t.equal(all, upTo(10).map((index) => 100_000 + index));
  }),

  // Writables of the server's

  check("a sink takes chunks and bytes, and is closed", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const writer = (await main.openSink(key)).getWriter();
    for (const chunk of [1, "two", { three: [3] }, new Uint8Array(10), new Uint8Array(5)]) await writer.write(chunk);
    await writer.close();
    t.equal(await main.sinkStatus(key), { chunks: [1, "two", { three: [3] }], bytes: 15, closed: true, aborted: null });
  }),
  check("a sink that is aborted knows why", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const writer = (await main.openSink(key)).getWriter();
    await writer.write(1);
    await writer.abort(new Error("changed my mind"));
    await t.eventually(() => main.sinkStatus(key), { chunks: [1], bytes: 0, closed: false, aborted: "changed my mind" });
  }),
  check("a sink whose client is gone is aborted", async (t) => {
    const [leaver, witness] = [await t.connect(), await t.connect()];
    const key = t.key();
    const writer = (await leaver.main.openSink(key)).getWriter();
    await writer.write("a");
    await t.eventually(() => witness.main.sinkStatus(key), ({ chunks }) => chunks.length === 1);
    leaver.terminate();
    const status = await t.eventually(() => witness.main.sinkStatus(key), ({ aborted }) => aborted !== null, "aborted");
    t.equal([status.closed, typeof status.aborted], [false, "string"]);
  }),
  check("a sink that nobody closes is aborted when it is released", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const sink = await main.openSink(key);
    sink[Symbol.dispose]();
    await t.eventually(() => main.sinkStatus(key), ({ aborted }) => typeof aborted === "string", "aborted");
  }),
  check("a sink takes 2,000 chunks in order", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const writer = (await main.openSink(key)).getWriter();
    for (const chunk of upTo(2000)) writer.write(chunk);
    await writer.close();
    t.equal((await main.sinkStatus(key)).chunks, upTo(2000));
  }),
  check("a slow sink holds the client back", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const writer = (await main.openSink(key, 20)).getWriter();
    let written = 0;
    const writing = (async () => {
      for (let index = 0; index < 60; index += 1) {
        await writer.write(new Uint8Array(64 * 1024));
        written += 1;
      }
      await writer.close();
    })();
    await sleep(300);
    const taken = (await main.sinkStatus(key)).bytes;
    t.holds(written * 64 * 1024 - taken <= MEBIBYTE, "at most 1 MiB ahead of the sink", written * 64 * 1024 - taken);
    await writing;
    t.equal((await main.sinkStatus(key)).bytes, 60 * 64 * 1024);
  }),
  check("a sink that fails tells its writer", async (t) => {
    const { main } = await t.connect();
    const writer = (await main.openFailingSink(2, "sink is full")).getWriter();
    writer.closed.catch(() => {});
    const failed = (async () => {
      for (let index = 0; index < 100; index += 1) {
        await writer.write(index);
        await sleep(2);
      }
    })();
    await t.rejects(failed, { name: "RangeError", message: "sink is full" });
    t.equal(await main.ping(), "pong");
  }),
  check("a sink that failed does not close", async (t) => {
    const { main } = await t.connect();
    const writer = (await main.openFailingSink(0, "never any")).getWriter();
    writer.closed.catch(() => {});
    writer.write(1).catch(() => {});
    await t.rejects(writer.close(), { message: "never any" });
  }),
  check("a sink's writes are acknowledged, and the last before the close", async (t) => {
    const raw = await t.raw();
    const key = t.key();
    const [, , [kind, sink]] = await raw.ask(["openSink"], [key]);
    t.equal(kind, "writable");
    const write = (method, args) => {
      raw.send(["stream", ["pipeline", sink, [method], args]]);
      return raw.counted();
    };
    const ids = [write("write", ["a"]), write("write", [["bytes", "AAAA"]]), write("close", [])];
    for (const id of ids) t.equal((await raw.until((message) => message[1] === id)).slice(0, 2), ["resolve", id]);
    t.equal((await raw.ask(["sinkStatus"], [key]))[2], { chunks: [["a"]], bytes: 3, closed: true, aborted: null });
  }),

  // Writables of the client's

  check("the server writes all to a client's writable, and closes it", async (t) => {
    const { main } = await t.connect();
    const [stream, kept] = keeper();
    t.equal(await main.writeAll(stream, [1, "b", { c: [3] }]), 3);
    await t.eventually(() => kept.closed, true, "closed");
    t.equal(kept, { chunks: [1, "b", { c: [3] }], closed: true, aborted: null });
  }),
  check("the server writes nothing and closes", async (t) => {
    const { main } = await t.connect();
    const [stream, kept] = keeper();
    t.equal(await main.writeAll(stream, []), 0);
    t.equal(kept, { chunks: [], closed: true, aborted: null });
  }),
  check("the server writes, then aborts", async (t) => {
    const { main } = await t.connect();
    const [stream, kept] = keeper();
    await main.writeThenAbort(stream, [1, 2], "server gave up");
    await t.eventually(() => kept.aborted?.message, "server gave up", "the reason");
    t.equal(kept.closed, false);
  }),
  check("the server's writes end when the client's writable fails", async (t) => {
    const { main } = await t.connect();
    const [stream, kept] = keeper({ most: 3 });
    t.equal(await main.writeUntilFail(stream, 1000), { error: "keeper is full" });
    t.equal(kept.chunks, [0, 1, 2]);
  }),
  check("the server's writes end at their number where nothing fails", async (t) => {
    const { main } = await t.connect();
    const [stream, kept] = keeper();
    t.equal(await main.writeUntilFail(stream, 5), { error: null });
    t.equal(kept.chunks, [0, 1, 2, 3, 4]);
    await t.eventually(() => kept.closed, true, "closed");
  }),
  check("a client's writable that the server does not use is aborted", async (t) => {
    const { main } = await t.connect();
    const [stream, kept] = keeper();
    t.equal(await main.argCount(stream), 1);
    await t.eventually(() => kept.aborted !== null, true, "aborted");
  }),
  check("a pipe may not be read twice, nor a stub be read as a pipe", async (t) => {
    for (const readable of [["readable", 0], ["readable", -1], ["readable", 77]]) {
      const raw = await t.raw();
      raw.call(["argCount"], [readable]);
      await t.aborted(raw);
    }
    const raw = await t.raw();
    raw.send(["pipe"]);
    const pipe = raw.counted();
    raw.call(["argCount"], [["readable", pipe], ["readable", pipe]]);
    await t.aborted(raw);
  }),
  check("a pipe of raw messages is read", async (t) => {
    const raw = await t.raw();
    raw.send(["pipe"]);
    const pipe = raw.counted();
    const read = raw.call(["readAll"], [["readable", pipe]]);
    const method = (name, args) => {
      raw.send(["stream", ["pipeline", pipe, [name], args]]);
      raw.counted();
    };
    method("write", ["x"]);
    method("write", [[["y"]]]);
    method("close", []);
    t.equal(await raw.pull(read), ["resolve", read, [["x", [["y"]]]]]);
  }),
];
