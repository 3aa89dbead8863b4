// Files on their way between this page and the node: what is not whole is said to be so. No DOM here.

import { Refused, Unreachable } from './api.js';

/** What is said where it broke off, here and once the session is over. */
const WORDS = {
  sent: {
    message: 'The file did not reach the node whole, so nothing was done with it.',
    advice: 'Once the node answers, do it again: the file goes anew.',
    lost: 'A file that was being sent did not arrive whole: nothing was done with it.',
  },
  saved: {
    message: 'The file did not come whole, so it was not saved.',
    advice: 'Once the node answers, save it again.',
    lost: 'A file that was being saved did not come whole: it was not saved.',
  },
};

/** @typedef {keyof typeof WORDS} Way */

/** The line may go before the word that it was the session's end, in milliseconds. */
const JUST = 5000;

export class Transfers {
  /** @param {() => number} [now] */
  constructor(now = () => Date.now()) {
    this.now = now;
    /** How many are under way. @type {Record<Way, number>} */
    this.open = { sent: 0, saved: 0 };
    /** When one broke off last, in milliseconds since 1970. @type {Record<Way, number>} */
    this.broke = { sent: -Infinity, saved: -Infinity };
  }

  /** @template T @param {Way} way @param {() => Promise<T>} work @returns {Promise<T>} */
  async track(way, work) {
    this.open[way] += 1;
    try {
      return await work();
    } catch (error) {
      const status = error instanceof Refused ? error.status : 0;
      if ([0, 401, 403].includes(status)) this.broke[way] = this.now();
      // A body that breaks off is an error of the browser's, in its words.
      if (status !== 0) throw error;
      const { message, advice } = WORDS[way];
      throw Object.assign(new Unreachable(), { message, advice });
    } finally {
      this.open[way] -= 1;
    }
  }

  /** What the end of the session leaves undone, in words. */
  lost() {
    const since = this.now() - JUST;
    const ways = /** @type {Way[]} */ (Object.keys(WORDS)).filter((way) => this.open[way] > 0 || this.broke[way] > since);
    return ways.map((way) => WORDS[way].lost).join(' ');
  }
}

/** Those of this page. */
export const transfers = new Transfers();
