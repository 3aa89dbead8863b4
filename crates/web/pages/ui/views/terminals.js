// Terminals: tabs, one or two panes, and recordings of what was shown.

import { each, fill, h } from '../element.js';
import { badge, button, confirm, empty, problem, waiting } from '../parts.js';
import { fit, measure } from '../terminal/measure.js';
import { open, openWith } from '../terminal/open.js';
import { Panes } from '../terminal/panes.js';
import { OWN, recordings } from '../terminal/recordings.js';
import { replay } from '../terminal/replay.js';
import { titleOf } from '../../core/terminal/words.js';

/** Terminals that are away for less were told anew, in milliseconds. */
const MOMENT = 500;

/** @type {import('../views.js').View} */
export const view = {
  name: 'terminals',
  title: 'Terminals',
  isFed: (store) => Boolean(store.get('terminals') || store.get('recordings')),
  mount(root, context, rest) {
    if (rest[0] === 'recordings' && rest[1]) return replay(root, context, rest[1], OWN);
    if (rest[0] === 'recordings') return recordings(root, context);
    return asGranted(root, context, rest[0]);
  },
  palette(context) {
    if (!context.store.get('terminals')) return [];
    const open = { title: 'Open a terminal', hint: 'Terminals', run: () => context.go('terminals/new') };
    const all = context.store.get('terminals').terminals.map((/** @type {any} */ info) => ({ title: `Terminal: ${titleOf(info)}`, hint: 'Terminals', run: () => context.go(`terminals/${info.key}`) }));
    const kept = context.store.get('recordings') ? [{ title: 'Recordings of terminals', hint: 'Terminals', run: () => context.go('terminals/recordings') }] : [];
    return [open, ...all, ...kept];
  },
};

/** Terminals for as long as they are granted, else what was recorded. @param {HTMLElement} root @param {import('../views.js').Context} context @param {string | undefined} wanted */
function asGranted(root, context, wanted) {
  const { store } = context;
  let leave = () => {};
  let due = 0;
  /** @type {boolean | undefined} */
  let has;
  turn();
  const stop = store.watch('terminals', () => { clearTimeout(due); due = window.setTimeout(turn, MOMENT); });
  return () => { clearTimeout(due); stop(); leave(); };

  function turn() {
    const is = Boolean(store.get('terminals'));
    if (is === has) return;
    const was = has;
    has = is;
    leave();
    leave = is ? terminals(root, context, wanted) : others(Boolean(was));
  }

  /** @param {boolean} isGone */
  function others(isGone) {
    const below = h('div', {});
    fill(root, isGone && h('div', { class: 'note warn', role: 'alert', 'data-test': 'terminals-gone' }, h('strong', {}, 'Terminals are not granted to this session any more. '), 'Ask whoever administers this node why. What was recorded is still here.'), below);
    return recordings(below, context);
  }
}

/** @param {HTMLElement} root @param {import('../views.js').Context} context @param {string | undefined} wanted */
function terminals(root, context, wanted) {
  const { store } = context;
  const unwant = context.want('terminals');
  const trouble = h('div', { hidden: true });
  const tabs = h('div', { class: 'tabs terminal-tabs', role: 'tablist', 'aria-label': 'Open terminals', onkeydown: step });
  const body = h('div', { class: 'terminal-body' });
  const panes = new Panes(context, { changed: mark, leave, openOne, close: closeOne });
  const start = (/** @type {string} */ kind) => button({ label: 'Open a terminal', test: 'terminal-open', kind, icon: 'plus', run: () => openOne() });
  const more = (/** @type {string} */ kind) => button({ label: 'Open with…', test: 'terminal-open-with', kind, run: () => openWith(openOne) });
  const toolbar = h('div', { class: 'terminal-tools' });
  const shape = h('span', { class: 'row terminal-shape' });
  const frame = h('div', { class: 'terminals' }, h('h1', { class: 'out-of-sight', tabindex: '-1' }, 'Terminals'), toolbar, trouble, body);
  /** @type {any[]} */
  let all = [];
  let drawn = '';
  const draw = each(tabs, (/** @type {any} */ info) => info.key, tab);
  fill(root, frame);
  if (wanted === 'new') openOne().catch(say);
  else panes.want(wanted);
  const unwatch = store.watch('terminals', (list) => { if (list) show(list); });
  return () => { unwatch(); unwant(); panes.close(); };

  /** @param {any} list */
  function show(list) {
    all = list.terminals;
    place(all.length ? 'some' : list.known || list.trouble ? 'none' : 'unknown');
    panes.know(all);
    draw(all);
    mark();
    trouble.hidden = !list.trouble;
    fill(trouble, list.trouble && problem(list.trouble));
  }

  /** The panes are in the page before they are drawn: what is not there cannot have the keys. @param {'some' | 'none' | 'unknown'} state */
  function place(state) {
    if (state === drawn) return;
    drawn = state;
    if (state === 'some') {
      fill(toolbar, tabs, start('small'), more('small plain'), shape, kept('small plain'));
      fill(body, panes.element);
    } else {
      fill(toolbar);
      fill(body, state === 'unknown' ? waiting('Looking for open terminals…') : empty('No terminal is open. One runs your shell or a program, in a confined place of your own, and goes on when you leave this page.', start('primary'), more(''), kept('plain')));
    }
  }

  /** @param {string} kind */
  function kept(kind) {
    return store.get('recordings') && button({ label: 'Recordings', test: 'terminal-recordings', kind, icon: 'play', run: () => context.go('terminals/recordings') });
  }

  /** @param {any} first */
  function tab(first) {
    const name = h('span', { class: 'cut' });
    const dot = h('span', { class: 'terminal-dot', 'aria-hidden': 'true' });
    const recorded = h('span', { hidden: true }, badge('Rec', 'warn'));
    const choose = h('button', { type: 'button', role: 'tab', class: 'terminal-tab', 'data-key': first.key, 'data-test': 'terminal-tab', onclick: () => { panes.choose(first.key); panes.focus(); } }, dot, name, recorded);
    const update = (/** @type {any} */ info) => {
      if (name.textContent !== titleOf(info)) fill(name, titleOf(info));
      dot.dataset.state = info.state;
      recorded.hidden = !info.recorded;
      choose.title = info.command;
    };
    update(first);
    return { element: choose, show: update };
  }

  function mark() {
    for (const tab of tabs.querySelectorAll('[role="tab"]')) {
      const is = tab.dataset.key === panes.current;
      tab.setAttribute('aria-selected', String(is));
      tab.setAttribute('tabindex', is ? '0' : '-1');
      tab.classList.toggle('beside', !is && panes.keys.includes(tab.dataset.key));
    }
    const one = panes.direction === '';
    const chosen = `${panes.direction} ${all.length}`;
    if (shape.dataset.for === chosen) return;
    shape.dataset.for = chosen;
    shape.toggleAttribute('data-split', !one);
    fill(shape, one
      ? [button({ label: 'Side by side', test: 'terminal-split-row', kind: 'small plain', run: () => panes.split('row') }), button({ label: 'Stacked', test: 'terminal-split-column', kind: 'small plain', run: () => panes.split('column') })]
      : button({ label: 'One pane', test: 'terminal-split-none', kind: 'small plain', run: () => panes.split('') }));
  }

  function size() {
    const box = panes.box();
    if (box) return box;
    const probe = h('div', { class: 'terminal-scroll terminal-probe' });
    body.append(probe);
    const room = fit(body.clientWidth - 40, body.clientHeight - 90, measure(probe));
    probe.remove();
    return room;
  }

  /** @param {import('../terminal/open.js').What} [what] @returns {Promise<void>} */
  function openOne(what) {
    return panes.opening(open(context, size(), what));
  }

  /** @param {string} key */
  async function closeOne(key) {
    const info = all.find((one) => one.key === key);
    const run = () => context.api.act('terminals', 'close', { terminal: key });
    if (info?.state !== 'running') return run();
    return confirm({ title: 'Close this terminal?', text: `What runs in “${titleOf(info)}” is ended.`, action: 'Close it', test: 'terminal-close-now', run });
  }

  /** @param {any} error */
  function say(error) {
    trouble.hidden = false;
    fill(trouble, problem(error));
  }

  function leave() {
    /** @type {HTMLElement | null} */ (tabs.querySelector('[aria-selected="true"]'))?.focus();
  }

  /** @param {KeyboardEvent} event */
  function step(event) {
    const each = [...tabs.querySelectorAll('[role="tab"]')];
    const at = each.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    const next = each.at(to % each.length);
    panes.choose(next.dataset.key);
    next.focus();
  }
}
