// Which topics the views of a window want, and how many of them want each. No DOM here.

/** Counts wants, and tells the sum of them. */
export class Wants {
  /** @param {(topics: string[]) => void} tell */
  constructor(tell) {
    this.tell = tell;
    /** @type {Map<string, number>} */
    this.counts = new Map();
  }

  /** @param {string} topic @returns {() => void} ends it */
  want(topic) {
    this.change(topic, 1);
    let is = true;
    return () => {
      if (is) this.change(topic, -1);
      is = false;
    };
  }

  /** @param {string} topic @param {number} by */
  change(topic, by) {
    const count = (this.counts.get(topic) ?? 0) + by;
    if (count > 0) this.counts.set(topic, count);
    else this.counts.delete(topic);
    this.tell([...this.counts.keys()]);
  }
}
