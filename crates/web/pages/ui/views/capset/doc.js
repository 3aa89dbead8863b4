// What schemas say, as paragraphs.

import { h } from '../../element.js';

/** @param {string} text with lines that go on, empty lines between paragraphs, and code in backticks @returns {any} */
export function doc(text) {
  if (!text) return false;
  const paragraphs = text.split(/\n\s*\n/).map((one) => one.replace(/\s*\n\s*/g, ' ').trim());
  return h('div', { class: 'capset-doc' }, paragraphs.map((one) => h('p', {}, spans(one))));
}

/** A text in one line, with its code. @param {string} text @returns {any[]} */
export function spans(text) {
  return text.replace(/\s*\n\s*/g, ' ').split(/(`[^`]+`)/).map((part) => (/^`[^`]+`$/.test(part) ? h('code', {}, part.slice(1, -1)) : part));
}
