// One pane, or two beside or above each other, each with a terminal.

import { fill, h } from '../element.js';
import { button, empty, waiting } from '../parts.js';
import { Pane } from './pane.js';

/**
 * @typedef {'' | 'row' | 'column'} Direction
 * @typedef {{changed: () => void, leave: () => void, openOne: () => Promise<void>, close: (key: string) => any}} Hears
 */

/** Where the layout is kept: in this window alone. */
const PLACE = 'terminals';

/** The panes of a window. */
export class Panes {
  /** @param {import('../views.js').Context} context @param {Hears} hears */
  constructor(context, hears) {
    this.context = context;
    this.hears = hears;
    this.element = h('div', { class: 'terminal-panes' });
    const kept = recall();
    /** What is shown in each place. @type {string[]} */
    this.keys = kept.keys;
    /** @type {Direction} */
    this.direction = kept.direction;
    this.active = Math.min(kept.active, this.places - 1);
    /** @type {Map<string, Pane>} */
    this.shown = new Map();
    /** @type {any[]} */
    this.all = [];
    this.drawn = '';
    this.wants = '';
    this.focuses = false;
    this.openings = 0;
    this.isComing = false;
  }

  get places() { return this.direction ? 2 : 1; }

  get current() { return this.keys[this.active] ?? ''; }

  get pane() { return this.shown.get(this.current); }

  /** A terminal that may not be listed yet. @param {string | undefined} key */
  want(key) {
    this.wants = key ?? '';
  }

  /**
   * Puts the terminal that is opened where the keys are. Until it is known which it is, none that is new is put anywhere: it
   * would be seen, and typed to, before it has the keys.
   * @param {Promise<string>} answer
   */
  async opening(answer) {
    this.openings += 1;
    try {
      this.want(await answer);
    } finally {
      this.openings -= 1;
      if (this.isComing) this.drawn = '';
      this.know(this.all);
    }
    this.focus();
  }

  /** @param {any[]} all */
  know(all) {
    this.all = all;
    const has = (/** @type {string} */ key) => all.some((info) => info.key === key);
    if (this.wants && has(this.wants)) {
      this.put(this.wants);
      this.wants = '';
    }
    this.keys = this.keys.slice(0, this.places).map((key) => (has(key) ? key : ''));
    for (let place = 0; place < this.places; place += 1) this.keys[place] ||= this.next();
    this.draw();
  }

  /** A terminal that is in no place. */
  next() {
    if (this.openings) return '';
    return this.all.findLast((info) => !this.keys.includes(info.key))?.key ?? '';
  }

  /** @param {string} key */
  put(key) {
    const other = this.keys.indexOf(key);
    if (other >= 0 && other < this.places) this.active = other;
    else this.keys[this.active] = key;
  }

  /** @param {string} key */
  choose(key) {
    this.put(key);
    this.draw();
  }

  /** @param {Direction} direction */
  split(direction) {
    if (!direction) this.keys = [this.current];
    this.direction = direction;
    this.active = direction ? this.active : 0;
    this.drawn = '';
    this.know(this.all);
    this.focus();
  }

  draw() {
    const keys = Array.from({ length: this.places }, (_, place) => this.keys[place] ?? '');
    this.keys = keys;
    for (const [key, pane] of this.shown) {
      if (!keys.includes(key)) {
        pane.close();
        this.shown.delete(key);
      }
    }
    const drawn = `${this.direction} ${keys.join(' ')}`;
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.isComing = Boolean(this.wants || this.openings);
      this.element.dataset.direction = this.direction;
      fill(this.element, keys.map((key) => this.at(key)));
      this.measure();
    }
    for (const [key, pane] of this.shown) {
      pane.about(this.all.find((info) => info.key === key));
      pane.element.classList.toggle('active', key === this.current);
    }
    keep({ keys, direction: this.direction, active: this.active });
    this.hears.changed();
    if (this.focuses && this.pane) this.focus();
  }

  /** @param {string} key */
  at(key) {
    const info = this.all.find((one) => one.key === key);
    if (!info) {
      if (this.isComing) return h('div', { class: 'terminal-pane vacant' }, waiting('Opening…'));
      return h('div', { class: 'terminal-pane vacant' }, empty('There is no other terminal yet.', button({ label: 'Open another', test: 'terminal-open-beside', kind: 'primary', run: () => this.openAt(key) })));
    }
    const pane = this.shown.get(key) ?? new Pane(this.context, info, {
      used: () => this.use(key), leave: () => this.hears.leave(), show: (answer) => this.replace(key, answer), open: () => this.hears.openOne(), close: () => this.hears.close(key),
    });
    this.shown.set(key, pane);
    return pane.element;
  }

  /** @param {string} key */
  openAt(key) {
    this.active = Math.max(this.keys.indexOf(key), 0);
    return this.hears.openOne();
  }

  /** @param {string} key @param {Promise<string>} answer */
  replace(key, answer) {
    this.active = Math.max(this.keys.indexOf(key), 0);
    return this.opening(answer);
  }

  /** @param {string} key */
  use(key) {
    const place = this.keys.indexOf(key);
    if (place < 0 || place === this.active) return;
    this.active = place;
    this.draw();
  }

  measure() {
    for (const pane of this.shown.values()) pane.viewport.measure();
  }

  /** How large a terminal in the place that is in use would be. */
  box() {
    const box = this.pane?.viewport.box;
    return box?.columns ? box : undefined;
  }

  /** The keys are for the terminal that is in use, as soon as it is there. */
  focus() {
    this.focuses = Boolean(this.wants) || !this.pane;
    if (!this.focuses) this.pane?.focus();
  }

  close() {
    for (const pane of this.shown.values()) pane.close();
    this.shown.clear();
  }
}

/** @returns {{keys: string[], direction: Direction, active: number}} */
function recall() {
  try {
    const { keys, direction, active } = JSON.parse(sessionStorage.getItem(PLACE) ?? '');
    return { keys: keys.filter((/** @type {any} */ key) => typeof key === 'string').slice(0, 2), direction: ['row', 'column'].includes(direction) ? direction : '', active: active === 1 ? 1 : 0 };
  } catch {
    return { keys: [], direction: '', active: 0 };
  }
}

/** @param {unknown} layout */
function keep(layout) {
  sessionStorage.setItem(PLACE, JSON.stringify(layout));
}
