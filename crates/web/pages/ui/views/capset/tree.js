// A value as a tree. Whatever is in it is text, and never more than a piece at a time.

import { asText, fromBase64, hexDump } from '../../../core/capset/bytes.js';
import { size } from '../../../core/words.js';
import { fill, h } from '../../element.js';
import { badge, button, copy } from '../../parts.js';
import { chipLink } from './chip.js';
import { save as saveResult, saveBlob } from './files.js';

/** Texts longer than this are folded at first. */
const LONG = 600;
/** Lists longer than this are folded at first. */
const MANY = 20;
/** The same deep within others. */
const FEW = 4;

/**
 * @param {import('../capset.js').Given} given @param {any} value
 * @param {{result?: string, path?: number[]}} [whence] where more of it is asked for @returns {any}
 */
export function tree(given, value, whence = {}) {
  switch (value.kind) {
    case 'nothing': return h('span', { class: 'quiet' }, 'nothing');
    case 'truth': return h('span', { class: 'mono' }, value.value ? 'true' : 'false');
    case 'number': return h('span', { class: 'mono' }, value.text);
    case 'text': return text(given, value, whence);
    case 'bytes': return bytes(given, value, whence);
    case 'list': return list(given, value, whence);
    case 'members': return members(given, value, whence);
    case 'chip': return value.released ? badge('released') : chipLink(value.key, value.interface);
    default: return further(given, whence, 0, (/** @type {any} */ piece) => tree(given, piece, whence)) || badge('more than is shown');
  }
}

/**
 * Asks for the next piece, and puts it in the place of the button.
 * @param {any} given @param {any} whence @param {number | null} from @param {(piece: any) => any} show
 */
function further(given, { result, path = [] }, from, show, words = 'Show more') {
  if (from === null || from === undefined) return false;
  if (!result) return badge('more than is shown');
  const root = h('div', { class: 'capset-more' });
  fill(root, button({
    label: words, test: 'tree-more', kind: 'small',
    run: async () => {
      const { value } = await given.api.act('capset', 'more', { result, path, from });
      root.replaceWith(show(value));
    },
  }));
  return root;
}

/** @param {any} given @param {any} value @param {any} whence */
function text(given, value, whence) {
  const long = value.text.length > LONG || value.text.split('\n').length > 12;
  const frame = h('div', { class: `capset-text${long ? ' folded' : ''}` }, h('span', { class: 'said' }, value.text || h('span', { class: 'quiet' }, 'empty text')));
  const more = (/** @type {any} */ piece) => h('div', {}, h('span', { class: 'said' }, piece.text), piece.masked && masked(), further(given, whence, piece.next, more));
  const beside = [long && fold(frame), value.text.length > 40 && copy(value.text, 'tree-copy'), value.next !== null && h('span', { class: 'quiet small' }, `the first of ${size(value.length)}`)].filter(Boolean);
  return h('div', { class: 'stack tight' }, frame, value.masked && masked(), beside.length > 0 && h('div', { class: 'row' }, beside), further(given, whence, value.next, more));
}

function masked() {
  return h('span', { class: 'small warn' }, 'Some of its signs would act on whoever shows them; \ufffd stands in their place.');
}

/** @param {any} frame */
function fold(frame) {
  const it = button({ label: 'Show all of it', test: 'tree-unfold', kind: 'small', run: () => {
    const folded = frame.classList.toggle('folded');
    fill(it.button, h('span', { class: 'label' }, folded ? 'Show all of it' : 'Fold it'));
    it.button.setAttribute('aria-expanded', String(!folded));
  } });
  it.button.setAttribute('aria-expanded', 'false');
  return it;
}

/** @param {any} given @param {any} value @param {any} whence */
function bytes(given, value, whence) {
  let shown = fromBase64(value.base64);
  let next = value.next;
  const words = asText(shown);
  let as = words !== null && shown.length > 0 ? 'text' : 'hex';
  const body = h('pre', { class: 'capset-dump', tabindex: '0' });
  const ways = h('select', { class: 'capset-way', 'aria-label': 'How the bytes are shown', 'data-test': 'bytes-as', onchange: () => { as = ways.value; show(); } },
    h('option', { value: 'text' }, 'as text'), h('option', { value: 'hex' }, 'as hexadecimal'));
  ways.value = as;
  const more = h('div', { class: 'row' });
  show();
  return h('div', { class: 'stack tight' }, h('div', { class: 'row' }, badge(size(value.length)), value.length > 0 && ways, value.length > 0 && button({ label: 'Save', test: 'bytes-save', kind: 'small', icon: 'save', run: save })), value.length > 0 && body, more);

  function show() {
    fill(body, as === 'hex' ? hexDump(shown) : asText(shown) ?? 'These bytes are no text.');
    const rest = next !== null && whence.result;
    fill(more, rest && button({ label: 'Show more', test: 'tree-more', kind: 'small', run: grow }), next !== null && !rest && badge('more than is shown'));
  }

  async function grow() {
    await piece();
    show();
  }

  async function piece() {
    const { value: got } = await given.api.act('capset', 'more', { result: whence.result, path: whence.path ?? [], from: next });
    const added = fromBase64(got.base64);
    const whole = new Uint8Array(shown.length + added.length);
    whole.set(shown);
    whole.set(added, shown.length);
    [shown, next] = [whole, got.next];
  }

  async function save() {
    if (whence.result) await saveResult(given.api, whence.result, whence.path ?? []);
    else saveBlob(new Blob([/** @type {any} */ (shown)], { type: 'application/octet-stream' }), 'bytes.bin');
  }
}

/** @param {any} given @param {any} value @param {any} whence */
function list(given, value, whence) {
  const path = whence.path ?? [];
  if (value.length === 0) return h('span', { class: 'quiet' }, 'empty list');
  const rows = h('ol', { class: 'capset-list', start: '0' });
  const fold = h('details', { open: value.items.length <= (path.length > 2 ? FEW : MANY) }, h('summary', { 'data-test': 'tree-list' }, value.length === 1 ? '1 entry' : `${value.length.toLocaleString('en')} entries`), rows);
  add(value.items, 0);
  const rest = (/** @type {any} */ piece, /** @type {number} */ from) => { add(piece.items, from); return next(piece, from + piece.items.length); };
  const next = (/** @type {any} */ of, /** @type {number} */ from) => further(given, whence, of.next, (piece) => rest(piece, from), 'Show more entries') || '';
  fold.append(next(value, value.items.length));
  return fold;

  /** @param {any[]} items @param {number} from */
  function add(items, from) {
    rows.append(...items.map((item, at) => h('li', {}, tree(given, item, { ...whence, path: [...path, from + at] }))));
  }
}

/** @param {any} given @param {any} value @param {any} whence */
function members(given, value, whence) {
  const path = whence.path ?? [];
  if (value.members.length === 0 && value.next === null) return h('span', { class: 'quiet' }, 'no members');
  const root = h('div', { class: 'capset-members' });
  add(value.members, 0);
  const next = (/** @type {any} */ of, /** @type {number} */ from) => further(given, whence, of.next, (piece) => { add(piece.members, from); return next(piece, from + piece.members.length); }) || '';
  return h('div', {}, root, next(value, value.members.length));

  /** @param {any[]} all @param {number} from */
  function add(all, from) {
    root.append(...all.map((one, at) => h('div', { class: 'capset-member' }, h('span', { class: 'mono capset-key' }, one.name), h('div', { class: 'grow' }, tree(given, one.value, { ...whence, path: [...path, from + at] })))));
  }
}
