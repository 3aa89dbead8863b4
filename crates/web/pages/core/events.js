// The one stream of events of a window: it begins again where it broke off. No DOM here.

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

/** A window's stream. `tell` hears every event; `state` hears `live`, `lost` and `over`. */
export class Events {
  /** @param {import('./api.js').Api} api @param {{tell: (event: any) => void, state: (state: string, problem?: any) => void, pulse?: number}} hears */
  constructor(api, hears) {
    this.api = api;
    this.hears = hears;
    this.window = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    /** @type {Set<string>} */
    this.topics = new Set();
    this.reader = new Reader();
    this.stop = new AbortController();
  }

  /** Reads until the session is over or `close` is called. */
  async run() {
    let wait = 100;
    while (!this.stop.signal.aborted) {
      try {
        const ended = await this.read(() => { wait = 100; });
        if (ended) return;
      } catch (error) {
        if (this.stop.signal.aborted) return;
        if (error?.status === 401 || error?.status === 403) return this.hears.state('over', error);
        this.hears.state('lost', error);
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(wait * 2, 2000);
    }
  }

  /** @param {() => void} began @returns {Promise<boolean>} whether it is over for good */
  async read(began) {
    const headers = this.reader.place ? { 'last-event-id': this.reader.place } : undefined;
    const link = new AbortController();
    const stop = () => link.abort();
    this.stop.signal.addEventListener('abort', stop);
    const silence = this.hears.pulse ?? 12000;
    let timer = setTimeout(stop, silence);
    try {
      const path = `/api/events?window=${this.window}&topics=${encodeURIComponent([...this.topics].join(','))}`;
      const answer = await this.api.request(path, { headers, signal: link.signal });
      if (!answer.body) return false;
      this.reader.rest = '';
      const stream = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      began();
      this.hears.state('live');
      for (;;) {
        const { value, done } = await stream.read();
        if (done) throw new Error('the stream broke');
        clearTimeout(timer);
        timer = setTimeout(stop, silence);
        for (const event of this.reader.take(value)) {
          if (event.ended) { this.hears.state('over', event.ended); return true; }
          this.hears.tell(event);
        }
      }
    } finally {
      clearTimeout(timer);
      this.stop.signal.removeEventListener('abort', stop);
    }
  }

  /** Asks for topics that are not for every window. @param {Iterable<string>} topics */
  async want(topics) {
    this.topics = new Set(topics);
    await this.api.post('/api/window', { window: this.window, topics: [...this.topics] });
  }

  close() {
    this.stop.abort();
  }
}
