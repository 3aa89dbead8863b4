// Modifiers that are pressed first and count for the next key, where a hand has no two fingers free. No DOM here.

import { encodeKey } from './keys.js';

/** @typedef {import('./keys.js').Key} Key */

/** What can be held. */
export const HELD = ['Ctrl', 'Alt'];

/** What is held for the next key. */
export class Held {
  constructor() {
    /** @type {Set<string>} */
    this.names = new Set();
    /** @type {() => void} */
    this.changed = () => {};
  }

  /** @param {() => void} changed */
  watch(changed) { this.changed = changed; }

  get any() { return this.names.size > 0; }

  /** @param {string} name */
  has(name) { return this.names.has(name); }

  /** @param {string} name */
  flip(name) {
    if (!this.names.delete(name)) this.names.add(name);
    this.changed();
  }

  release() {
    if (!this.any) return;
    this.names.clear();
    this.changed();
  }

  /** A key, with what is held. @param {Key} key @returns {Key} */
  with(key) {
    return { ...key, ctrlKey: key.ctrlKey || this.has('Ctrl'), altKey: key.altKey || this.has('Alt') };
  }

  /** What is sent for a key with what is held, which is let go then. @param {Key} key @param {import('./keys.js').Modes} modes @returns {string | undefined} */
  encode(key, modes) {
    const text = encodeKey(this.with(key), modes);
    if (text !== undefined) this.release();
    return text;
  }

  /** What is sent for a text that came without keys: its first letter has what is held. @param {string} text @param {import('./keys.js').Modes} modes @returns {string} */
  text(text, modes) {
    if (!this.any || !text) return text;
    const [first] = text;
    // What no modifier goes with is typed as it is, and lets them go all the same.
    const began = encodeKey(this.with(plain(first)), modes) ?? first;
    this.release();
    return began + text.slice(first.length);
  }
}

/** A key by its name alone. @param {string} key @returns {Key} */
export function plain(key) {
  return { key, code: '', shiftKey: false, altKey: false, ctrlKey: false, metaKey: false };
}
