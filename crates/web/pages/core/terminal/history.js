// The lines above a screen, fetched in pages. Lines are counted from the oldest, which is 0. No DOM here.

/** @typedef {import('../reducers/terminal.js').Line} Line */

const PAGE = 200;

/** What is known of the lines above one screen. */
export class History {
  /** @param {(from: number, count: number) => Promise<{lines: Line[], total: number}>} fetch `from` counts upwards from the newest */
  constructor(fetch) {
    this.fetch = fetch;
    /** @type {Map<number, Line>} */
    this.lines = new Map();
    this.total = 0;
    /** Changes whenever what was known is no longer so. */
    this.turn = 0;
    this.columns = 0;
    /** @type {Map<number, Promise<void>>} */
    this.under = new Map();
  }

  /**
   * What a new state of the screen means. Lines keep their count while only new ones come; where the oldest are dropped
   * for them, or the screen has another width, nothing that was known is known any more.
   * @param {import('../reducers/terminal.js').Status} status @param {boolean} hasMoved whether lines may have left the screen
   * @returns {boolean} whether it was forgotten
   */
  follow(status, hasMoved) {
    const isFull = hasMoved && status.scrollback === this.total && this.total > 0;
    const isOther = status.scrollback < this.total || status.columns !== this.columns;
    this.total = status.scrollback;
    this.columns = status.columns;
    if (isFull || isOther) this.forget();
    return isFull || isOther;
  }

  forget() {
    this.turn += 1;
    this.lines.clear();
    this.under.clear();
  }

  /** @param {number} at @returns {Line | undefined} */
  get(at) {
    return this.lines.get(at);
  }

  /** Sees to it that these lines are known. @param {number} from @param {number} to up to, without it @returns {Promise<void>} */
  async need(from, to) {
    const first = Math.floor(Math.max(from, 0) / PAGE);
    const last = Math.floor((Math.min(to, this.total) - 1) / PAGE);
    const pages = [];
    for (let page = first; page <= last; page += 1) if (!this.has(page)) pages.push(this.page(page));
    await Promise.all(pages);
  }

  /** @param {number} page */
  has(page) {
    const end = Math.min((page + 1) * PAGE, this.total);
    for (let at = page * PAGE; at < end; at += 1) if (!this.lines.has(at)) return false;
    return true;
  }

  /** @param {number} page @returns {Promise<void>} */
  page(page) {
    const known = this.under.get(page);
    if (known) return known;
    const turn = this.turn;
    const end = Math.min((page + 1) * PAGE, this.total);
    const count = end - page * PAGE;
    const work = this.fetch(this.total - end, count).then(({ lines, total }) => {
      if (turn !== this.turn) return;
      // More may have come since it was asked: then these are newer than those that were meant.
      const late = total - this.total;
      this.under.delete(page);
      lines.forEach((line, index) => this.lines.set(end - 1 - index + Math.max(late, 0), line));
    }).catch((error) => {
      if (turn === this.turn) this.under.delete(page);
      throw error;
    });
    this.under.set(page, work);
    return work;
  }
}
