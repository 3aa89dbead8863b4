// Whether a game is there: what is shown in its place while it is not.

import { button, empty, problem } from '../parts.js';
import { fill, h } from '../element.js';

/**
 * Shows a game for as long as it is there, and a way to it where it is not. What is returned ends that.
 * @param {HTMLElement} root @param {import('../views.js').Context} context
 * @param {{area: string, title: string, about: string, play: (inside: HTMLElement) => (() => void)}} game
 * @returns {() => void}
 */
export function standing(root, { api, store }, { area, title, about, play }) {
  let shown = '';
  let leave = () => {};
  const stop = store.watch(area, show);
  return () => { stop(); leave(); };

  /** @param {any} state */
  function show(state) {
    const next = JSON.stringify(state ?? {});
    if (next === shown) return;
    shown = next;
    leave();
    leave = () => {};
    if (state?.kind === 'ready') {
      const inside = h('div', { class: 'game' });
      fill(root, inside);
      leave = play(inside);
      return;
    }
    fill(root, h('div', { class: 'toolbar' }, h('h1', { tabindex: '-1' }, title)), absent(state));
  }

  /** @param {any} state */
  function absent(state) {
    const open = (/** @type {string} */ label) => button({ label, test: `${area}-open`, kind: 'primary', run: () => api.act(area, 'open') });
    if (state?.kind === 'launchable') return empty(state.gone ? `This session does not have ${title} any more: it was stopped, or taken back. What it keeps for you is still there.` : about, open(`Open ${title}`));
    if (state?.kind === 'lost') return h('div', { class: 'stack' }, problem(state.problem), h('div', { class: 'row' }, open('Open again')));
    return empty(`${title} is not open to this session any more.`);
  }
}
