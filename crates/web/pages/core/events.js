// The one stream of events of a window: it begins again where it broke off. No DOM here.

import { random } from './api.js';

/**
 * Splits what arrives into events: objects with what was said, and the place where to go on from. Both are in one block,
 * so that a stream that breaks off anywhere is gone on with from exactly what was told.
 */
export class Reader {
  constructor() {
    this.rest = '';
    /** Where to go on from. */
    this.place = '';
  }

  /** @param {string} text @returns {any[]} */
  take(text) {
    const parts = (this.rest + text).split('\n\n');
    this.rest = parts.pop() ?? '';
    const events = [];
    for (const part of parts) {
      for (const line of part.split('\n')) {
        if (line.startsWith('id: ')) this.place = line.slice(4);
        else if (line.startsWith('data: ')) events.push(JSON.parse(line.slice(6)));
      }
    }
    return events;
  }
}

/** A server that says nothing for so long does not answer, in milliseconds: it says that it is there every two seconds. */
const QUIET = 3500;
/** One that says nothing for so long is gone. */
const SILENCE = 7500;
/** A page that is so late was frozen itself, and knows nothing of the server, in milliseconds. */
const LATE = 2000;
/** Waits between attempts, in milliseconds. */
const WAITS = { first: 100, most: 2000 };

/**
 * A window's stream. `tell` hears every event; `state` hears `live`, `quiet` (the stream is there, and says nothing),
 * `lost` and `over`, the last two with why.
 * @typedef {{tell: (event: any) => void, state: (state: 'live' | 'quiet' | 'lost' | 'over', problem?: any) => void, quiet?: number, silence?: number}} Hears
 */
export class Events {
  /** @param {import('./api.js').Api} api @param {Hears} hears */
  constructor(api, hears) {
    this.api = api;
    this.hears = hears;
    this.window = random();
    /** @type {Set<string>} */
    this.topics = new Set();
    /** What the server was told last that this window wants. */
    this.told = '';
    this.telling = false;
    this.isLive = false;
    this.reader = new Reader();
    this.stop = new AbortController();
    /** Ends the wait before the next attempt. */
    this.hurry = () => {};
    /** Breaks off the stream that there is. */
    this.breakOff = () => {};
    /** When it was heard last, in milliseconds since 1970. */
    this.heard = 0;
  }

  /**
   * Somebody looks again, or the network or the clock is another: what was silent meanwhile is begun anew at once, from
   * where it was. @param {boolean} [isSure] whether it is though it was heard just now
   */
  wake(isSure = false) {
    const silence = Date.now() - this.heard;
    if (!this.isLive) this.hurry();
    else if (isSure || silence > (this.hears.quiet ?? QUIET) || silence < 0) this.breakOff();
  }

  /** Reads until the session is over or `close` is called. */
  async run() {
    let wait = WAITS.first;
    while (!this.stop.signal.aborted) {
      try {
        if (await this.read(() => { wait = WAITS.first; })) return;
      } catch (error) {
        this.isLive = false;
        if (this.stop.signal.aborted) return;
        const status = /** @type {any} */ (error)?.status;
        if (status === 401 || status === 403) return this.hears.state('over', error);
        this.hears.state('lost', error);
      }
      await this.pause(wait);
      wait = Math.min(wait * 2, WAITS.most);
    }
  }

  /** @param {number} ms */
  async pause(ms) {
    await /** @type {Promise<void>} */ (new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.hurry = () => { clearTimeout(timer); resolve(); };
    }));
    this.hurry = () => {};
  }

  /** @param {() => void} began @returns {Promise<boolean>} whether it is over for good */
  async read(began) {
    const headers = this.reader.place ? { 'last-event-id': this.reader.place } : undefined;
    const link = new AbortController();
    const stop = () => link.abort();
    this.stop.signal.addEventListener('abort', stop);
    this.breakOff = stop;
    const { quiet = QUIET, silence = SILENCE } = this.hears;
    let isQuiet = false;
    let timer = setTimeout(stop, silence);
    let soon = 0;
    const heard = () => {
      this.heard = Date.now();
      for (const one of [timer, soon]) clearTimeout(one);
      if (isQuiet) this.hears.state('live');
      isQuiet = false;
      soon = setTimeout(() => { isQuiet = true; this.hears.state('quiet'); }, quiet);
      const due = Date.now() + silence;
      timer = setTimeout(() => { link.abort(); if (Date.now() - due < LATE) this.api.breakOff(); }, silence);
    };
    try {
      this.told = this.wish();
      const path = `/api/events?window=${this.window}&topics=${encodeURIComponent(this.told)}`;
      const answer = await this.api.request(path, { headers, signal: link.signal });
      if (!answer.body) return false;
      this.reader.rest = '';
      const stream = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      began();
      heard();
      this.isLive = true;
      this.hears.state('live');
      this.tellWish();
      for (;;) {
        const { value, done } = await stream.read();
        if (done) throw new Error('the stream broke');
        heard();
        for (const event of this.reader.take(value)) {
          if (event.ended) { this.hears.state('over', event.ended); return true; }
          this.hears.tell(event);
        }
      }
    } finally {
      for (const one of [timer, soon]) clearTimeout(one);
      this.breakOff = () => {};
      this.isLive = false;
      this.stop.signal.removeEventListener('abort', stop);
    }
  }

  wish() {
    return [...this.topics].sort().join(',');
  }

  /** Asks for topics that not every window has; @param {Iterable<string>} topics */
  want(topics) {
    this.topics = new Set(topics);
    this.tellWish();
  }

  /** Tells the server what is wanted, the latest wish alone; a stream that begins tells it itself. */
  async tellWish() {
    if (this.telling) return;
    this.telling = true;
    // What changes several times in one go is told once.
    await Promise.resolve();
    while (this.isLive && this.told !== this.wish()) {
      const wish = this.wish();
      const told = await this.api.post('/api/window', { window: this.window, topics: [...this.topics] }).then(() => true, () => false);
      if (!told) break;
      this.told = wish;
    }
    this.telling = false;
  }

  close() {
    this.stop.abort();
    this.hurry();
  }
}
