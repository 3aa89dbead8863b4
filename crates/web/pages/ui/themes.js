// The four looks. The choice is kept in this browser alone.

import { h } from './element.js';

const THEMES = [['space', 'Space'], ['mountain', 'Mountain'], ['light', 'Light'], ['operator', 'Operator']];

/** @param {string} name */
export function dress(name) {
  document.documentElement.dataset.theme = name;
  try { localStorage.setItem('theme', name); } catch { /* it holds for this page then */ }
}

/** The themes to choose from, as swatches. @returns {any} */
export function themeChoice() {
  const swatches = THEMES.map(([name, title]) => h('button', {
    type: 'button', class: 'swatch', role: 'radio', 'data-for': name, 'data-test': `theme-${name}`,
    'aria-label': `${title} theme`, title, onclick: () => dress(name),
  }));
  const group = h('div', { class: 'swatches', role: 'radiogroup', 'aria-label': 'Theme', onkeydown: step }, swatches);
  const mark = () => {
    for (const swatch of swatches) {
      const is = swatch.dataset.for === document.documentElement.dataset.theme;
      swatch.setAttribute('aria-checked', String(is));
      swatch.tabIndex = is ? 0 : -1;
    }
  };
  const seen = new MutationObserver(() => { if (group.isConnected) mark(); else seen.disconnect(); });
  seen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  mark();
  return group;

  /** @param {KeyboardEvent} event */
  function step(event) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = swatches.indexOf(/** @type {any} */ (document.activeElement));
    const next = swatches[(at + by + swatches.length) % swatches.length];
    next.focus();
    next.click();
  }
}

/** What the palette offers of it. @returns {{title: string, hint: string, run: () => void}[]} */
export function themeEntries() {
  return THEMES.map(([name, title]) => ({ title: `Theme: ${title}`, hint: 'Look', run: () => dress(name) }));
}
