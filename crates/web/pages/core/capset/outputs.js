// What calls gave, newest first, for as long as the page is there. No DOM here.

import { random } from '../api.js';

/** Outcomes that are shown of one method. */
const MOST = 20;

/**
 * One call, under way or over.
 * @typedef {{call: string, began: number, took?: number, reply?: any, error?: any, under: boolean, cancel: () => void}} Output
 */

/** Outcomes of every method that was opened. */
export class Outputs {
  constructor() {
    /** @type {Map<string, Output[]>} */
    this.outputs = new Map();
    /** @type {Map<string, any>} */
    this.schemas = new Map();
    /** @type {Set<() => void>} */
    this.lookers = new Set();
  }

  /** @param {string} method @returns {Output[]} */
  of(method) {
    return this.outputs.get(method) ?? [];
  }

  /**
   * Makes a call. `send` is given its name and a signal, and gives its reply.
   * @param {string} method @param {(call: string, signal: AbortSignal) => Promise<any>} send
   * @param {(call: string) => void} cancel @param {() => number} [now]
   */
  async make(method, send, cancel, now = () => Date.now()) {
    const call = random();
    const stop = new AbortController();
    /** @type {Output} */
    const output = { call, began: now(), under: true, cancel: () => { cancel(call); stop.abort(); } };
    this.outputs.set(method, [output, ...this.of(method)].slice(0, MOST));
    this.tell();
    try {
      output.reply = await send(call, stop.signal);
    } catch (error) {
      const cancelled = { code: 'cancelled', message: 'The call was cancelled.', advice: 'What it had done by then stays done.' };
      output.error = stop.signal.aborted ? cancelled : error;
    }
    output.under = false;
    output.took = now() - output.began;
    this.tell();
    return output;
  }

  /** Forgets all that are over. @param {string} method */
  clear(method) {
    this.outputs.set(method, this.of(method).filter((output) => output.under));
    this.tell();
  }

  /** @param {string} method @param {Output} one */
  remove(method, one) {
    this.outputs.set(method, this.of(method).filter((output) => output !== one));
    this.tell();
  }

  /** @param {() => void} look */
  watch(look) {
    this.lookers.add(look);
    return () => { this.lookers.delete(look); };
  }

  tell() {
    for (const look of this.lookers) look();
  }
}
