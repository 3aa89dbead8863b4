// One terminal in a window: its screen, what is typed into it, and what can be done with it.

import { fill, h } from '../element.js';
import { badge, button, problem } from '../parts.js';
import { random } from '../../core/api.js';
import { History } from '../../core/terminal/history.js';
import { Held, plain } from '../../core/terminal/held.js';
import { encodeFocus } from '../../core/terminal/keys.js';
import { Typing } from '../../core/terminal/typing.js';
import { ending, titleOf } from '../../core/terminal/words.js';
import { Finder } from './finder.js';
import { keyboard } from './keyboard.js';
import { Marker } from './marker.js';
import { paste } from './paste.js';
import { pointer } from './pointer.js';
import { Reader } from './reader.js';
import { shortcut } from './shortcuts.js';
import { touchKeys } from './touch-keys.js';
import { Viewport } from './viewport.js';

/**
 * @typedef {import('../../core/reducers/terminal.js').Screen} Screen
 * @typedef {import('../../core/reducers/terminal.js').Frame} Frame
 * @typedef {object} Home
 * @property {() => void} used somebody works here
 * @property {() => void} leave the keys are for the page again
 * @property {(key: Promise<string>) => any} show another terminal in this place, that is being opened
 * @property {() => any} open another one
 * @property {() => any} close this one, once a person has said so
 */

/** How long a change of size waits for the next one, in milliseconds. */
const STILL = 80;
/** How long a size that is not this pane's is let be, in milliseconds. */
const UNFIT = 700;

/** A pane with one terminal. */
export class Pane {
  /** @param {import('../views.js').Context} context @param {any} info @param {Home} home */
  constructor(context, info, home) {
    this.context = context;
    /** @type {string} */
    this.key = info.key;
    this.info = info;
    this.home = home;
    this.ended = '';
    this.troubled = '';
    /** @type {any} */
    this.element = undefined;
    /** @type {any} */
    this.field = undefined;
    /** @type {Screen | undefined} */
    this.screen = undefined;
    this.sized = '';
    this.timer = 0;
    this.unfit = 0;
    const from = random();
    this.typing = new Typing((number, text) => this.act('input', { from, number, text }), { refused: (error) => this.say(error) });
    this.history = new History((above, count) => this.act('scrollback', { from: above, count }));
    const redraw = () => this.viewport.draw();
    this.viewport = new Viewport({
      above: (at) => this.history.get(at),
      need: (first, end) => { this.history.need(first, end).then(redraw, () => {}); },
      marks: (first, end) => [...this.finder.marks(first, end), ...this.marker.marks(first, end)],
      hasFocus: () => document.activeElement === this.field,
      fits: () => this.resizeSoon(),
    }, titleOf(info));
    this.marker = new Marker(this.viewport, this.history, () => this.offer());
    this.finder = new Finder(this.viewport, this.history, () => this.focus());
    this.reader = new Reader();
    this.held = new Held();
    this.build();
    this.about(info);
    this.unwant = context.want(this.topic);
    this.unwatch = context.store.watch(this.topic, (screen, frame) => this.shown(screen, frame));
  }

  get topic() { return `terminal/${this.key}`; }

  get modes() { return this.screen?.status.modes; }

  /** @param {string} command @param {Record<string, unknown>} given */
  act(command, given) {
    return this.context.api.act('terminals', command, { terminal: this.key, ...given });
  }

  build() {
    this.title = h('h2', { class: 'cut grow' });
    this.marksOf = h('span', { class: 'row' });
    this.size = h('span', { class: 'quiet small terminal-size' });
    this.copyButton = button({ label: 'Copy', test: 'terminal-copy', kind: 'small', icon: 'copy', run: () => this.copy() });
    this.readButton = button({ label: 'Read aloud', test: 'terminal-aloud', kind: 'small', icon: 'aloud', title: 'Say what changes to a screen reader', run: () => this.aloud() });
    this.fitButton = button({ label: 'Fit here', test: 'terminal-fit', kind: 'small', title: 'Another window gave it another size', run: () => this.resize() });
    this.fitButton.hidden = true;
    this.copyButton.hidden = true;
    this.note = h('div', { class: 'terminal-note small quiet' });
    this.below = h('div', { class: 'terminal-end', hidden: true });
    this.above = h('div', { class: 'terminal-problem', hidden: true });
    this.field = keyboard({
      held: this.held,
      modes: () => (this.isOver ? undefined : this.modes),
      type: (text) => this.type(text),
      paste: (text) => this.paste(text),
      own: (event) => shortcut(this, event),
      selected: () => this.marker.known(),
      focus: (isIn) => this.focused(isIn),
    });
    pointer(this.viewport.grid.element, {
      modes: () => (this.isOver || !this.viewport.follows ? undefined : this.modes),
      at: (point) => this.viewport.at(point),
      size: () => this.screen?.status ?? { columns: 80, rows: 24 },
      height: () => this.viewport.cell.height,
      type: (text) => this.type(text, true),
      focus: () => this.focus(),
      isMarking: () => Boolean(this.marker.point),
      select: (how, place, clicks) => this.marker.mouse(how, place, clicks),
    });
    this.viewport.grid.element.append(this.field);
    this.element = h('section', { class: 'terminal-pane', 'data-key': this.key, onpointerdown: () => this.home.used() },
      h('div', { class: 'terminal-bar' }, this.title, this.marksOf, this.fitButton, this.copyButton,
        button({ label: 'Select', test: 'terminal-select', kind: 'small', icon: 'select', title: 'Select with the keys (Ctrl+Shift+Space)', run: () => this.select() }),
        button({ label: 'Search', test: 'terminal-find', kind: 'small', icon: 'search', title: 'Search (Ctrl+Shift+F)', run: () => this.finder.open() }),
        this.readButton,
        button({ label: 'Close the terminal', test: 'terminal-close', kind: 'small', icon: 'close', bare: true, run: () => this.home.close() })),
      // What is over the screen takes nothing of its size, which is the program's.
      h('div', { class: 'terminal-stage' }, this.viewport.element, h('div', { class: 'terminal-over' }, this.finder.element, this.above)),
      this.below, touchKeys({ held: this.held, press: (key) => this.press(key), focus: () => this.focus(), done: () => this.field.blur() }), this.note, this.reader.element);
  }

  get isOver() { return this.info.state !== 'running'; }

  /** What is known of it. @param {any} info */
  about(info) {
    this.info = info;
    const title = titleOf(info);
    if (this.title.textContent !== title) fill(this.title, title);
    this.element.setAttribute('aria-label', `Terminal: ${title}`);
    this.field.setAttribute('aria-label', `${title}: type here. Ctrl+Shift+Escape or Shift+F6 leaves the terminal.`);
    fill(this.marksOf, info.recorded && badge('Recorded', 'warn'), info.viewers > 1 && badge(`${info.viewers} look at it`), this.size);
    if (!this.screen) fill(this.size, `${info.columns}×${info.rows}`);
    const troubled = JSON.stringify(info.trouble);
    if (info.trouble && troubled !== this.troubled) this.say(info.trouble);
    if (!info.trouble && this.troubled && this.troubled !== troubled) this.above.hidden = true;
    this.troubled = troubled;
    this.end();
    this.hint();
  }

  end() {
    const { state, reopens } = this.info;
    const said = JSON.stringify([state, this.info.exitCode, this.info.signal]);
    if (this.ended === said) return;
    this.ended = said;
    this.below.hidden = state === 'running';
    if (state === 'running') return;
    const again = reopens
      ? button({ label: 'Reopen', test: 'terminal-reopen', kind: 'primary small', run: () => this.reopen() })
      : button({ label: 'Open another', test: 'terminal-another', kind: 'primary small', run: () => this.home.open() });
    fill(this.below, h('span', { class: 'grow', role: 'status' }, ending(this.info)), again,
      button({ label: 'Close', test: 'terminal-close-ended', kind: 'small', run: () => this.act('close', {}) }));
    this.viewport.measure();
  }

  /** @param {Screen | undefined} screen @param {Frame | undefined} frame */
  shown(screen, frame) {
    this.viewport.element.classList.toggle('stale', !screen);
    if (!screen) return;
    const hasMoved = !frame || frame.full || frame.scrolled > 0 || frame.lines.length * 2 > screen.status.rows;
    const before = this.screen?.status;
    this.screen = screen;
    if (this.history.follow(screen.status, hasMoved) && before) {
      this.marker.clear();
      this.finder.stale();
    }
    if (before?.modes.alternate !== screen.status.modes.alternate) this.viewport.follows = true;
    if (frame?.bells) this.ring();
    if (!this.sized) this.resizeSoon();
    this.offerFit();
    const size = `${screen.status.columns}×${screen.status.rows}`;
    if (this.size.textContent !== size) fill(this.size, size);
    this.reader.hear(screen, frame);
    this.viewport.show(screen);
  }

  ring() {
    this.element.classList.remove('rings');
    requestAnimationFrame(() => this.element.classList.add('rings'));
  }

  /** A size that another window asked for stays; one that is on its way is no matter. */
  offerFit() {
    const isFit = this.fitsHere() || this.isOver;
    if (isFit) {
      clearTimeout(this.unfit);
      this.unfit = 0;
      this.fitButton.hidden = true;
    } else {
      this.unfit ||= window.setTimeout(() => { this.fitButton.hidden = this.fitsHere() || this.isOver; }, UNFIT);
    }
  }

  fitsHere() {
    const { box } = this.viewport;
    const { columns, rows } = this.screen?.status ?? box;
    return !box.columns || (columns === box.columns && rows === box.rows);
  }

  resizeSoon() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.resize().catch((error) => this.say(error)), STILL);
  }

  /** The program's terminal has the size of this pane from now on. */
  async resize() {
    const { columns, rows } = this.viewport.box;
    if (!columns || this.isOver || !this.screen) return;
    this.sized = `${columns}x${rows}`;
    if (!this.fitsHere()) await this.act('resize', { size: { columns, rows } });
  }

  /** @param {string} text @param {boolean} [isQuiet] whether what is selected stays */
  type(text, isQuiet) {
    if (this.isOver) return;
    if (!isQuiet) {
      this.marker.clear();
      this.viewport.follow();
    }
    if (!this.typing.type(text)) this.say({ message: 'The program does not take what is typed fast enough.', advice: 'Wait until it does, or send less at once.' });
  }

  /** A key that is no key of a keyboard. @param {string} key */
  press(key) {
    if (!this.modes || this.isOver) return;
    this.type(this.held.encode(plain(key), this.modes) ?? this.held.text(key, this.modes));
  }

  /** @param {string} text */
  paste(text) {
    if (this.modes && !this.isOver) paste(text, this.modes, (encoded) => this.type(encoded), () => this.focus());
  }

  async copy() {
    const text = await this.marker.text();
    if (!text) return;
    await navigator.clipboard.writeText(text).catch(() => { throw new Error('This browser does not let pages copy: use its own copy command instead.'); });
    this.context.announce('Copied.');
    this.marker.clear();
    this.focus();
  }

  select() {
    this.marker.begin();
    this.focus();
  }

  async aloud() {
    const isOn = this.reader.flip();
    this.readButton.button.setAttribute('aria-pressed', String(isOn));
    if (isOn && this.screen) this.reader.hear(this.screen, undefined);
    this.focus();
  }

  reopen() {
    const { columns, rows } = this.viewport.box;
    const answer = this.context.api.once('terminals', 'reopen', { terminal: this.key, size: { columns: columns || 80, rows: rows || 24 } });
    return this.home.show(answer.then(({ terminal }) => terminal));
  }

  offer() {
    this.copyButton.hidden = !this.marker.selection;
    this.hint();
  }

  hint() {
    const keys = this.marker.point
      ? 'Arrows move, with Shift they select, Enter copies, Escape ends selecting.'
      : 'Ctrl+Shift+Esc or Shift+F6 leaves the terminal · Ctrl+Shift+C copies · Ctrl+Shift+F searches';
    if (this.note.textContent !== keys) fill(this.note, keys);
  }

  /** @param {any} error */
  say(error) {
    fill(this.above, problem(error), button({ label: 'Dismiss', test: 'terminal-dismiss', kind: 'small', run: () => { this.above.hidden = true; } }));
    this.above.hidden = false;
  }

  focus() {
    // A dialog that closes gives the focus back without the place where letters go.
    if (document.activeElement === this.field) this.field.blur();
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(0, 0);
  }

  /** @param {boolean} isIn */
  focused(isIn) {
    this.element.classList.toggle('focused', isIn);
    const text = this.modes && encodeFocus(isIn, this.modes);
    if (text) this.type(text, true);
    if (isIn) this.home.used();
    this.viewport.draw();
  }

  close() {
    clearTimeout(this.timer);
    clearTimeout(this.unfit);
    this.unwant();
    this.unwatch();
    this.typing.close();
    this.reader.close();
    this.viewport.close();
    this.element.remove();
  }
}
