// A recording that is played: its screen, and a time line.

import { fill, h } from '../element.js';
import { button, empty, heading, problem, toggle, waiting } from '../parts.js';
import { clock, position } from '../../core/terminal/clock.js';
import { titleOf } from '../../core/terminal/words.js';
import { Viewport } from './viewport.js';

const SPEEDS = [1, 2, 4];

/** @param {HTMLElement} root @param {import('../views.js').Context} context @param {string} recording @param {import('./recordings.js').Shelf} shelf @returns {() => void} */
export function replay(root, context, recording, { topic, address }) {
  let leave = () => {};
  let left = false;
  const back = () => button({ label: 'Recordings', test: 'replay-back', kind: 'plain', icon: 'back', run: () => context.go(address) });
  // The list gives it its name.
  const unwant = context.want(topic);
  const title = h('span', {}, 'Recording');
  const unwatch = context.store.watch(topic, (list) => {
    const known = list?.recordings.find((/** @type {any} */ one) => one.key === recording);
    if (known) fill(title, titleOf(known));
  });
  const body = h('div', { class: 'terminals' }, waiting('Opening the recording…'));
  const head = heading('', back());
  head.querySelector('h1')?.append(title);
  fill(root, head, body);
  context.api.act('recordings', 'open', { recording }).then(({ replay: key }) => {
    if (!left) leave = player(body, context, key);
  }, (error) => fill(body, problem(error), empty('Only recordings that are listed can be played.', button({ label: 'See them', test: 'replay-list', run: () => context.go(address) }))));
  return () => { left = true; leave(); unwatch(); unwant(); };
}

/** @param {HTMLElement} root @param {import('../views.js').Context} context @param {string} key @returns {() => void} */
function player(root, context, key) {
  const steer = (/** @type {any} */ order) => context.api.act('recordings', 'steer', { replay: key, order });
  const viewport = new Viewport({ above: () => undefined, need: () => {}, marks: () => [], hasFocus: () => false, fits: () => {} }, 'What was recorded');
  const go = button({ label: 'Pause', test: 'replay-play', kind: 'primary', run: () => steer({ kind: 'play', plays: !playing() }) });
  const line = h('input', { type: 'range', min: '0', max: '0', step: '100', value: '0', class: 'terminal-line', 'aria-label': 'Where the recording is', 'data-test': 'replay-line', oninput: dragged, onchange: dropped });
  const times = h('span', { class: 'mono small terminal-times' });
  const speed = h('select', { 'aria-label': 'Speed', 'data-test': 'replay-speed', onchange: () => void steer({ kind: 'speed', times: Number(speed.value) }).catch(say) }, SPEEDS.map((times) => h('option', { value: times }, `${times}×`)));
  const idle = h('input', { type: 'checkbox', 'data-test': 'replay-idle', onchange: () => void steer({ kind: 'skipIdle', skips: idle.checked }).catch(say) });
  const trouble = h('div', { hidden: true });
  const frame = h('div', { class: 'terminal-pane replay' }, viewport.element);
  fill(root, trouble, frame, h('div', { class: 'panel terminal-player' }, go, line, times, h('label', { class: 'row small' }, 'Speed', speed), toggle('Skip idle time', idle)));
  /** @type {import('../../core/reducers/replay.js').Play | undefined} */
  let play;
  let heard = 0;
  let isDragging = false;
  let soon = 0;
  viewport.measure();
  const unwant = context.want(`replay/${key}`);
  const unwatch = context.store.watch(`replay/${key}`, show);
  const timer = setInterval(tick, 100);
  root.addEventListener('keydown', shortcut);
  return () => { clearInterval(timer); unwatch(); unwant(); viewport.close(); root.removeEventListener('keydown', shortcut); };

  function playing() {
    return Boolean(play?.plays && !play.over);
  }

  /** @param {import('../../core/reducers/replay.js').Replay | undefined} now */
  function show(now) {
    viewport.element.classList.toggle('stale', !now);
    if (!now) return;
    play = now.play;
    heard = performance.now();
    if (now.screen) viewport.show(now.screen);
    const label = playing() ? 'Pause' : play.over ? 'Play again' : 'Play';
    if (go.button.textContent !== label) fill(go.button.querySelector('.label'), label);
    if (document.activeElement !== speed) speed.value = String(play.speed);
    if (document.activeElement !== idle) idle.checked = play.skipsIdle;
    say(play.trouble);
    tick();
  }

  function tick() {
    if (!play || isDragging) return;
    const at = position(play, performance.now() - heard);
    line.max = String(play.durationMs);
    line.value = String(at);
    tell(at);
  }

  /** @param {number} at */
  function tell(at) {
    const words = `${clock(at)} of ${clock(play?.durationMs ?? 0)}`;
    if (times.textContent === words) return;
    fill(times, words);
    line.setAttribute('aria-valuetext', words);
  }

  function dragged() {
    isDragging = true;
    tell(Number(line.value));
    clearTimeout(soon);
    soon = window.setTimeout(seek, 120);
  }

  function dropped() {
    clearTimeout(soon);
    seek();
    isDragging = false;
  }

  function seek() {
    seekTo(Number(line.value));
  }

  /** @param {number} to */
  function seekTo(to) {
    steer({ kind: 'seek', toMs: Math.max(0, Math.round(to)) }).catch(say);
  }

  /** @param {KeyboardEvent} event */
  function shortcut(event) {
    if (event.target !== line && event.target !== viewport.element) return;
    if (event.key === ' ') {
      event.preventDefault();
      go.button.click();
    } else if (event.target !== line && play && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      event.preventDefault();
      seekTo(play.positionMs + (event.key === 'ArrowLeft' ? -5000 : 5000));
    }
  }

  /** @param {any} [error] */
  function say(error) {
    trouble.hidden = !error;
    fill(trouble, error && problem(error));
  }
}
