// Which node a bridge leads to: shown, changed, and confirmed by its key where it is not known yet.

import { fill, h } from '../element.js';
import { button, copy, field, problem } from '../parts.js';

/** @typedef {{endpoint: string | null, fingerprint: string | null, known: boolean}} Endpoint */

/**
 * @param {{api: import('../../core/api.js').Api, changed: () => void}} given `changed` is told of another node
 * @returns {{element: any, look: () => Promise<void>}} `look` shows it anew unless somebody is about to change it
 */
export function endpoint({ api, changed }) {
  const element = h('section', { class: 'endpoint', 'aria-label': 'Node', hidden: true });
  let isBusy = false;
  return { element, look };

  async function look() {
    if (isBusy) return;
    try {
      /** @type {Endpoint} */
      const now = await api.get('/api/endpoint');
      // Somebody has begun to change it meanwhile.
      if (isBusy) return;
      show(now);
      if (now.endpoint && !now.known) await meet(now.endpoint);
    } catch (error) {
      if (isBusy) return;
      // Where there is only one node, there is nothing to choose.
      if (/** @type {any} */ (error).status === 404) element.hidden = true;
      else if (!element.hidden) fill(element, problem(error));
    }
  }

  /** @param {Endpoint} now */
  function show(now) {
    isBusy = false;
    element.hidden = false;
    if (!now.endpoint) return edit(now);
    fill(element, h('div', { class: 'split' },
      h('div', { class: 'grow' }, h('p', { class: 'small quiet' }, 'This bridge leads to'), h('p', { class: 'mono cut', title: now.endpoint, 'data-test': 'endpoint' }, now.endpoint)),
      button({ label: 'Change', test: 'endpoint-change', kind: 'small', run: () => edit(now) })));
  }

  /** Asks for the key of a node that nobody has met. @param {string} where */
  async function meet(where) {
    isBusy = true;
    try {
      await choose(where);
    } catch {
      // The sign-in itself says that it does not answer, and goes on trying.
      isBusy = false;
    }
  }

  /** @param {Endpoint} now */
  function edit(now) {
    isBusy = true;
    const input = h('input', { value: now.endpoint ?? '', placeholder: 'node.example or 192.0.2.7:2327', spellcheck: 'false', autocapitalize: 'off', 'data-test': 'endpoint-input' });
    const use = button({ label: 'Use this node', test: 'endpoint-use', kind: 'small primary', submit: true, run: () => choose(input.value.trim()) });
    const keep = now.endpoint && button({ label: 'Keep the other', test: 'endpoint-keep', kind: 'small plain', run: () => show(now) });
    fill(element, h('form', { class: 'stack tight', onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
      field('Node', input, 'The host, with the port where it is not 2327.'), h('div', { class: 'row' }, use, keep)));
    if (now.endpoint) input.select();
    input.focus();
  }

  /** @param {string} wish @param {string} [fingerprint] the key that somebody has compared */
  async function choose(wish, fingerprint) {
    if (!wish) return;
    /** @type {Endpoint} */
    const now = await api.post('/api/endpoint', fingerprint ? { endpoint: wish, fingerprint } : { endpoint: wish }, undefined, { patience: 30000 });
    if (!now.known) return compare(now);
    show(now);
    changed();
  }

  /** @param {Endpoint} stranger */
  function compare(stranger) {
    const { endpoint: where, fingerprint } = stranger;
    if (!where || !fingerprint) return;
    isBusy = true;
    // Nothing else can be done before that is answered: the rest of the card is not shown.
    const title = h('h2', { tabindex: '-1' }, 'Is this the node you mean?');
    fill(element, h('div', { class: 'stack tight endpoint-stranger', role: 'alert' },
      title,
      h('p', {}, h('span', { class: 'mono' }, where), ' is not known yet. Compare its fingerprint with the one that its operator gave you:'),
      h('p', { class: 'fingerprint mono', 'data-test': 'endpoint-fingerprint' }, fingerprint, ' ', copy(fingerprint, 'endpoint-copy')),
      h('p', { class: 'hint' }, 'If they differ, somebody may be in between. Then say no.'),
      h('div', { class: 'row' },
        button({ label: 'They are the same', test: 'endpoint-trust', kind: 'small primary', run: () => choose(where, fingerprint) }),
        button({ label: 'No', test: 'endpoint-refuse', kind: 'small', run: () => edit(stranger) }))));
    title.focus();
  }
}
