// The objects that the main object hands out.

import { capnweb } from "../packages.mjs";
import { records } from "./records.mjs";

const { RpcTarget } = capnweb;

export class Counter extends RpcTarget {
  #value;

  constructor(start) {
    super();
    this.#value = start;
  }

  increment(by = 1) {
    return (this.#value += by);
  }

  get value() {
    return this.#value;
  }
}

export class Child extends RpcTarget {
  hello(name) {
    return `hello ${name}`;
  }

  get id() {
    return 7;
  }

  get child() {
    return new Child();
  }
}

export class Log extends RpcTarget {
  #entries = [];

  append(entry) {
    return this.#entries.push(entry);
  }

  entries() {
    return [...this.#entries];
  }
}

export class Tracked extends RpcTarget {
  #record;

  constructor(key) {
    super();
    this.#record = records.tracked(key);
    this.#record.created += 1;
  }

  touch() {
    return "touched";
  }

  [Symbol.dispose]() {
    this.#record.disposed += 1;
  }
}

/** Calls back at an interval until it has called `count` times or is told to stop. */
export class Subscription extends RpcTarget {
  #callback;
  #sent = 0;
  #timer;

  constructor(callback, count, interval) {
    super();
    this.#callback = callback.dup();
    this.#timer = setInterval(() => {
      if (this.#sent >= count) return this.#stop();
      // A subscriber that fails or is gone is its own affair.
      Promise.resolve(this.#callback(this.#sent)).catch(() => {});
      this.#sent += 1;
    }, interval);
  }

  #stop() {
    clearInterval(this.#timer);
    this.#callback?.[Symbol.dispose]();
    this.#callback = undefined;
  }

  cancel() {
    this.#stop();
    return this.#sent;
  }

  [Symbol.dispose]() {
    this.#stop();
  }
}
