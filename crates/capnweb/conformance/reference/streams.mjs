// Streams that the server reads, makes and writes.

import { setTimeout as sleep } from "node:timers/promises";

import { fnv1a } from "./values.mjs";
import { records } from "./records.mjs";
import { Counter } from "./objects.mjs";

const isBytes = (chunk) => chunk instanceof Uint8Array;

export async function readAll(readable) {
  const chunks = [];
  for await (const chunk of readable) chunks.push(chunk);
  return chunks;
}

export async function readBytes(readable) {
  let bytes = 0;
  let chunks = 0;
  let hash = fnv1a([]);
  for await (const chunk of readable) {
    bytes += chunk.length;
    chunks += 1;
    hash = fnv1a(chunk, hash);
  }
  return { bytes, chunks, hash };
}

export async function readSome(readable, wanted) {
  const reader = readable.getReader();
  const chunks = [];
  while (chunks.length < wanted) {
    const { done, value } = await reader.read();
    if (done) return chunks;
    chunks.push(value);
  }
  await reader.cancel();
  return chunks;
}

export async function sumCounters(readable) {
  let sum = 0;
  for await (const counter of readable) {
    sum += await counter.increment(0);
    counter[Symbol.dispose]();
  }
  return sum;
}

/** A stream of what the iterator gives, each made when it is asked for. */
function streamOf(iterator) {
  const pull = async (controller) => {
    const { done, value } = await iterator.next();
    if (done) controller.close();
    else controller.enqueue(value);
  };
  return new ReadableStream({ pull, cancel: () => iterator.return?.() }, { highWaterMark: 0 });
}

export const streamOfValues = (values) => streamOf(values[Symbol.iterator]());

/** What the method that has it returns is read after the method's end: it is locked at once, so that it is not cancelled. */
export const passOn = (readable) => streamOf(readable.values());

function* bytePieces(total, size) {
  for (let start = 0; start < total; start += size) {
    yield Uint8Array.from({ length: Math.min(size, total - start) }, (_, index) => (start + index) & 255);
  }
}

export const byteStream = (total, size) => streamOf(bytePieces(total, size));

function* thenFails(values, message) {
  yield* values;
  throw new RangeError(message);
}

export const errorStream = (values, message) => streamOf(thenFails(values, message));

export function endlessStream(key) {
  const record = records.endless(key);
  const pull = async (controller) => {
    await sleep(2);
    if (!record.cancelled) controller.enqueue(record.produced++);
  };
  return new ReadableStream({ pull, cancel: () => void (record.cancelled = true) }, { highWaterMark: 0 });
}

export const counterStream = (length) => streamOfValues(Array.from({ length }, (_, start) => new Counter(start)));

export function sink(key, delay) {
  const record = records.sink(key);
  return new WritableStream({
    async write(chunk) {
      if (delay > 0) await sleep(delay);
      if (isBytes(chunk)) record.bytes += chunk.length;
      else record.chunks.push(chunk);
    },
    close: () => void (record.closed = true),
    abort: (reason) => void (record.aborted = reason?.message ?? String(reason)),
  });
}

export function failingSink(accepted, message) {
  let left = accepted;
  return new WritableStream({
    write() {
      if (left === 0) throw new RangeError(message);
      left -= 1;
    },
  });
}

export async function writeAll(writable, values) {
  const writer = writable.getWriter();
  for (const value of values) await writer.write(value);
  await writer.close();
  return values.length;
}

export async function writeThenAbort(writable, values, message) {
  const writer = writable.getWriter();
  for (const value of values) await writer.write(value);
  await writer.abort(new Error(message));
}

export async function writeUntilFail(writable, most) {
  const writer = writable.getWriter();
  // The failure is told by the write that comes after it.
  writer.closed.catch(() => {});
  try {
    for (let value = 0; value < most; value += 1) {
      await writer.write(value);
      await sleep(5);
    }
    await writer.close();
  } catch (error) {
    return { error: error.message };
  }
  return { error: null };
}
