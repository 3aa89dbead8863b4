// Searching a terminal: its screen, and all that has left it.

import { fill, h } from '../element.js';
import { button } from '../parts.js';
import { MOST, search } from '../../core/terminal/search.js';

/** Lines that are fetched together while a search goes on. */
const STEP = 1000;
/** Rows that the bar lies over. */
const COVERED = 3;
/** A person is still writing, in milliseconds. */
const MOMENT = 120;

/** A bar to search with. */
export class Finder {
  /** @param {import('./viewport.js').Viewport} viewport @param {import('../../core/terminal/history.js').History} history @param {() => void} left */
  constructor(viewport, history, left) {
    this.viewport = viewport;
    this.history = history;
    this.left = left;
    /** @type {import('../../core/terminal/search.js').Found[]} */
    this.found = [];
    this.at = -1;
    this.turn = 0;
    this.soon = 0;
    this.input = h('input', { type: 'search', placeholder: 'Search this terminal', 'aria-label': 'Search this terminal', 'data-test': 'terminal-find-text', spellcheck: 'false', oninput: () => this.later(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event) });
    this.exact = h('input', { type: 'checkbox', 'data-test': 'terminal-find-exact', onchange: () => this.run() });
    this.said = h('span', { class: 'quiet small terminal-found', role: 'status' });
    this.element = h('div', { class: 'terminal-find', role: 'search', hidden: true }, this.input,
      h('label', { class: 'row small' }, this.exact, 'Capitals count'), this.said,
      button({ label: 'Earlier', test: 'terminal-find-earlier', kind: 'small', run: () => this.step(-1) }),
      button({ label: 'Later', test: 'terminal-find-later', kind: 'small', run: () => this.step(1) }),
      button({ label: 'Close the search', test: 'terminal-find-close', icon: 'close', bare: true, run: () => this.close() }));
  }

  get isOpen() { return !this.element.hidden; }

  open() {
    this.element.hidden = false;
    this.input.focus();
    this.input.select();
  }

  close() {
    this.element.hidden = true;
    this.turn += 1;
    [this.found, this.at] = [[], -1];
    this.viewport.draw();
    this.left();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    event.stopPropagation();
    if (event.key === 'Escape') this.close();
    else if (event.key === 'Enter') this.step(event.shiftKey ? 1 : -1);
    else return;
    event.preventDefault();
  }

  later() {
    clearTimeout(this.soon);
    this.soon = window.setTimeout(() => this.run(), MOMENT);
  }

  /** Lines have other numbers now: what was found is looked for again, where it stands. */
  stale() {
    if (!this.isOpen || !this.input.value) return;
    [this.found, this.at] = [[], -1];
    clearTimeout(this.soon);
    this.soon = window.setTimeout(() => this.run(true), MOMENT);
  }

  /** Looks from the newest line upwards, so that what is near is found first. @param {boolean} [isQuiet] whether the view stays where it is */
  async run(isQuiet = false) {
    const turn = this.turn += 1;
    const wanted = this.input.value;
    [this.found, this.at] = [[], -1];
    const { viewport, history } = this;
    const total = viewport.total;
    const end = total + (viewport.screen?.status.rows ?? 0);
    let from = end;
    this.say(Boolean(wanted));
    while (wanted && from > 0 && this.found.length < MOST) {
      const to = from;
      // Lines of the screen are known; a search begins with them, and with a page above.
      from = Math.max(Math.min(to, total) - STEP, 0);
      await history.need(from, Math.min(to, total)).catch(() => {});
      if (turn !== this.turn) return;
      this.found = [...search((at) => (at < total ? history.get(at) : viewport.line(at)), from, to, wanted, this.exact.checked), ...this.found];
      if (this.at < 0 && this.found.length) this.go(this.found.length - 1, isQuiet);
      else if (this.at >= 0) this.at = this.found.indexOf(this.current ?? this.found[0]);
      this.say(from > 0);
      if (from === 0) break;
    }
    this.say(false);
    viewport.draw();
  }

  /** @param {number} by */
  step(by) {
    if (!this.found.length) return void this.run();
    this.go((this.at + by + this.found.length) % this.found.length);
    this.say(false);
  }

  /** @param {number} to @param {boolean} [isQuiet] */
  go(to, isQuiet = false) {
    this.at = to;
    this.current = this.found[to];
    if (!isQuiet) this.viewport.reveal(this.current.line, COVERED);
    this.viewport.draw();
  }

  /** @param {boolean} isSearching */
  say(isSearching) {
    const { length } = this.found;
    const many = length >= MOST ? `${MOST} or more` : String(length);
    const words = length ? `${this.at + 1} of ${many}` : isSearching ? 'Searching…' : this.input.value && 'Nothing found';
    fill(this.said, words);
  }

  /** @param {number} from @param {number} to */
  marks(from, to) {
    const marks = [];
    const columns = this.viewport.screen?.status.columns ?? 80;
    for (const one of this.found) {
      if (one.endLine < from || one.line >= to) continue;
      for (let line = Math.max(one.line, from); line <= Math.min(one.endLine, to - 1); line += 1) {
        const start = line === one.line ? one.column : 0;
        const end = line === one.endLine ? one.endColumn : columns;
        marks.push({ line, from: start, to: end, kind: one === this.found[this.at] ? 'found current' : 'found' });
      }
    }
    return marks;
  }
}
