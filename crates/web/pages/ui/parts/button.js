// Buttons that say how it goes.

import { fill, h } from '../element.js';
import { icon } from '../icons.js';
import { problem } from './problem.js';

/**
 * A button. While `run` is under way it says so after a moment, and cannot be pressed again; what it is refused with is
 * shown beside it. One that cannot work now says why.
 * @param {{label: any, run: (event: Event) => any, test: string, kind?: string, disabled?: string | false | null, key?: string, icon?: string, title?: string, bare?: boolean, submit?: boolean, again?: boolean}} given
 * `kind` is any of `primary`, `danger`, `plain`, `small`; `bare` leaves the label to screen readers; `again` lets it be
 * pressed while `run` is under way
 * @returns {any} an element with `button`, and `disable(reason)`
 */
export function button({ label, run, test, kind = '', disabled, key, icon: drawn, title, bare, submit, again }) {
  const it = h('button', {
    type: submit ? 'submit' : 'button', class: `button ${kind}${bare ? ' bare' : ''}`, 'data-test': test, 'data-key': key,
    title: title ?? (bare ? label : undefined), 'aria-label': bare ? label : undefined, onclick: press,
  }, drawn && icon(drawn), !bare && h('span', { class: 'label' }, label));
  let under = 0;
  const below = h('span', { class: 'why', hidden: true });
  const root = h('span', { class: 'act' }, it, below);
  root.button = it;
  root.disable = disable;
  disable(disabled);
  return root;

  /** @param {string | false | null | undefined} reason */
  function disable(reason) {
    if (reason) it.setAttribute('aria-disabled', 'true');
    else it.removeAttribute('aria-disabled');
    fill(below, reason || '');
    below.hidden = !reason;
  }

  /** @param {Event} event */
  async function press(event) {
    if (it.getAttribute('aria-disabled') === 'true' || (under && !again)) return event.preventDefault();
    root.querySelector('.problem')?.remove();
    under += 1;
    it.setAttribute('data-busy', '');
    const soon = setTimeout(() => it.setAttribute('aria-busy', 'true'), 150);
    try {
      await run(event);
    } catch (error) {
      if (/** @type {any} */ (error)?.name !== 'AbortError') root.append(problem(error));
    } finally {
      clearTimeout(soon);
      under -= 1;
      if (!under) {
        it.removeAttribute('aria-busy');
        it.removeAttribute('data-busy');
      }
    }
  }
}

/** Copies a text. @param {string} text @param {string} [test] @returns {any} */
export function copy(text, test = 'copy') {
  const root = button({ label: 'Copy', test, bare: true, icon: 'copy', run });
  return root;

  async function run() {
    await navigator.clipboard.writeText(text).catch(() => { throw new Error('This browser does not let pages copy.'); });
    fill(root.button, icon('check'));
    setTimeout(() => fill(root.button, icon('copy')), 1500);
  }
}
