// Bytes, as a text, in hexadecimal digits, or out of a file.

import { toBase64 } from '../../../core/capset/bytes.js';
import { size } from '../../../core/words.js';
import { fill, h } from '../../element.js';
import { problem, waiting } from '../../parts.js';

/** What goes within a command; what is larger goes ahead of it. */
const INLINE = 24 << 10;

/** @type {Record<string, string>} */
const WAYS = { text: 'Text', hex: 'Hexadecimal', file: 'File' };

let names = 0;

/** @param {import('./inputs.js').Place} place @param {any} label @param {any} hint @returns {any} */
export function bytesInput({ given, draft, path }, label, hint) {
  const id = `bytes-${names += 1}`;
  const way = h('select', { class: 'capset-way', 'aria-label': 'How the bytes are given', 'data-test': 'bytes-way', 'data-key': path, onchange: () => { draft.how = way.value; show(); } },
    Object.entries(WAYS).map(([value, words]) => h('option', { value }, words)));
  way.value = draft.how;
  const body = h('div', { class: 'grow' });
  show();
  return h('div', { class: 'field' }, h('label', { for: id }, label), h('div', { class: 'capset-bytes' }, way, body), hint && h('div', { class: 'hint' }, hint));

  function show() {
    if (draft.how === 'file') return fill(body, file());
    const area = h('textarea', { id, rows: '2', spellcheck: 'false', class: draft.how === 'hex' && 'mono', placeholder: draft.how === 'hex' ? '0a ff …' : '', 'data-test': 'argument', 'data-key': path, oninput: () => { draft.text = area.value; } });
    area.value = draft.text;
    fill(body, area);
  }

  function file() {
    const told = h('span', { class: 'quiet small', role: 'status' }, draft.file ? words(draft.file) : 'No file is chosen.');
    const input = h('input', { id, type: 'file', 'data-test': 'argument-file', 'data-key': path, onchange: take });
    return h('div', { class: 'stack tight' }, input, told);

    async function take() {
      const [chosen] = input.files ?? [];
      if (!chosen) return;
      draft.file = null;
      fill(told, waiting('It is read…'));
      try {
        draft.file = await read(chosen);
        fill(told, words(draft.file));
      } catch (error) {
        fill(told, problem(error));
      }
    }
  }

  /** @param {File} chosen */
  async function read(chosen) {
    const about = { name: chosen.name, size: chosen.size };
    if (chosen.size > INLINE) return { ...about, blob: chosen };
    return { ...about, base64: toBase64(new Uint8Array(await chosen.arrayBuffer())) };
  }
}

/** @param {{name: string, size: number}} file */
function words(file) {
  return `${file.name}, ${size(file.size)}`;
}
