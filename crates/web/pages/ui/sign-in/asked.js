// What the node asks beyond the first proof: mostly for a new password in the place of one that was good once.

import { sentence } from '../../core/advice.js';
import { strength } from '../../core/password.js';
import { fill, h } from '../element.js';
import { button, field, secret, until } from '../parts.js';

/**
 * @param {{prompt: string, secret: boolean, expiresAtMs?: number}} question @param {string} account
 * @param {(answer: string) => Promise<void>} answer @param {() => void} back
 * @returns {{element: any, focus: () => void}}
 */
export function asked(question, account, answer, back) {
  const inner = question.secret ? newPassword(account) : plain();
  const isAgain = /^choose another/i.test(question.prompt);
  const send = button({ label: question.secret ? 'Set the password' : 'Go on', test: 'answer', kind: 'primary wide', submit: true, run: async () => { const given = inner.read(); if (given !== null) await answer(given); } });
  const left = question.expiresAtMs && h('p', { class: 'hint' }, 'There is time for that: ', until(question.expiresAtMs, { before: '', over: 'over' }), '.');
  const element = h('form', { class: 'stack', novalidate: true, onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
    h('p', isAgain ? { class: 'problem', role: 'alert', 'data-test': 'asked' } : { 'data-test': 'asked' }, sentence(question.prompt)), inner.elements, left, send,
    button({ label: 'Start over', test: 'start-over', kind: 'plain wide', run: back }));
  return { element, focus: inner.focus };
}

/** A password twice. @param {string} account */
function newPassword(account) {
  const first = secret({ autocomplete: 'new-password', 'data-test': 'new-password', oninput: weigh });
  const second = secret({ autocomplete: 'new-password', 'data-test': 'new-password-again', oninput: () => fill(differ) });
  const meter = h('div', { class: 'strength', 'aria-hidden': 'true' }, [1, 2, 3, 4].map(() => h('span')));
  const words = h('p', { class: 'hint', 'aria-live': 'polite' });
  const differ = h('p', { class: 'hint bad', role: 'alert', 'data-test': 'differ' });
  // So that password managers know whose it is.
  const name = h('input', { name: 'account', autocomplete: 'username', value: account, class: 'out-of-sight', tabindex: '-1', 'aria-hidden': 'true', readonly: true });
  weigh();
  return { elements: [name, field('New password', first.root), h('div', {}, meter, words), field('The same again', second.root), differ], read, focus: () => first.input.focus() };

  function weigh() {
    const { points, words: said } = strength(first.input.value, account);
    meter.dataset.points = String(points);
    fill(words, said);
  }

  function read() {
    const [one, two] = [first.input.value, second.input.value];
    if (one && one === two) return one;
    fill(differ, one ? 'The two are not the same.' : 'Choose a password.');
    (one ? second : first).input.focus();
    return null;
  }
}

function plain() {
  const input = h('input', { autocomplete: 'off', 'data-test': 'answer-input' });
  return { elements: [field('Answer', input)], read: () => input.value || null, focus: () => input.focus() };
}
