// Keys of a person for a terminal: what the browser makes of them (text, compositions, dead keys) included.

import { h } from '../element.js';

/**
 * @typedef {object} Listener
 * @property {import('../../core/terminal/held.js').Held} held
 * @property {() => import('../../core/reducers/terminal.js').Modes | undefined} modes
 * @property {(text: string) => void} type
 * @property {(text: string) => void} paste
 * @property {(event: KeyboardEvent) => boolean} own whether a key was for this window and not for the program
 * @property {() => string} selected what is selected
 * @property {(isIn: boolean) => void} focus
 */

const IS_MAC = /mac|iphone|ipad/i.test(navigator.platform);

/** A field that nobody sees, where keys arrive. @param {Listener} listener @returns {HTMLTextAreaElement} */
export function keyboard(listener) {
  let isComposing = false;
  const take = () => {
    const text = field.value;
    field.value = '';
    const modes = listener.modes();
    // What ends a line in a field is what the key for it sends.
    if (text && modes) listener.type(listener.held.text(text.replace(/\n/g, '\r'), modes));
  };
  /** @type {HTMLTextAreaElement} */
  const field = h('textarea', {
    class: 'terminal-keys', rows: '1', autocapitalize: 'off', autocomplete: 'off', autocorrect: 'off', spellcheck: 'false', 'data-test': 'terminal-keys',
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (isComposing || event.isComposing || event.keyCode === 229) return event.stopPropagation();
      if (listener.own(event)) return stop(event);
      const modes = listener.modes();
      const text = modes && listener.held.encode(seen(event), modes);
      if (text !== undefined) {
        stop(event);
        listener.type(text);
      } else if (!(event.ctrlKey && event.shiftKey) && !event.metaKey) {
        // Letters become text in this field, and mean nothing to the page around it.
        event.stopPropagation();
      }
    },
    onkeyup: (/** @type {Event} */ event) => event.stopPropagation(),
    oncompositionstart: () => { isComposing = true; field.classList.add('composing'); },
    oncompositionend: () => { isComposing = false; field.classList.remove('composing'); take(); },
    oninput: () => {
      if (isComposing && listener.held.any) {
        // A letter that is to have Ctrl is no beginning of a word: the keyboard begins anew.
        isComposing = false;
        take();
        field.blur();
        field.focus({ preventScroll: true });
      } else if (!isComposing) take();
    },
    onpaste: (/** @type {ClipboardEvent} */ event) => {
      event.preventDefault();
      listener.paste(event.clipboardData?.getData('text/plain') ?? '');
    },
    oncopy: (/** @type {ClipboardEvent} */ event) => {
      const text = listener.selected();
      if (!text) return;
      event.preventDefault();
      event.clipboardData?.setData('text/plain', text);
    },
    onfocus: () => listener.focus(true),
    onblur: () => { isComposing = false; field.classList.remove('composing'); field.value = ''; listener.focus(false); },
  });
  return field;
}

/** @param {Event} event */
function stop(event) {
  event.preventDefault();
  event.stopPropagation();
}

/** A key with the modifiers that count: those that made a letter do not. @param {KeyboardEvent} event */
function seen(event) {
  const isLetter = [...event.key].length === 1;
  const isMade = isLetter && (event.getModifierState('AltGraph') || (IS_MAC && event.altKey && !event.ctrlKey));
  const { key, code, shiftKey, metaKey } = event;
  return { key, code, shiftKey, metaKey, altKey: event.altKey && !isMade, ctrlKey: event.ctrlKey && !isMade };
}
