// From what a schema says to a draft that inputs fill in, and from the draft to arguments. No DOM here.
//
// What is left empty is left out, and has its default then. Numbers go as the texts that they were written as, so that
// 64 bits lose none of theirs.

import { fromBase64, fromHex, toBase64 } from './bytes.js';


/** A draft that cannot be meant: what is wrong, and where. */
export class Unmeant extends Error {
  /** @param {string} path @param {string} message */
  constructor(path, message) {
    super(message);
    this.path = path;
    this.code = 'invalidInput';
    this.advice = '';
  }
}

/**
 * An empty draft of a value.
 * @param {any[]} types of the interface @param {any} use where the type is used
 * @param {{depth?: number, otherwise?: any, group?: boolean, only?: boolean}} [more] `only` where a method takes nothing else
 * @returns {any}
 */
export function draftOf(types, use, { depth = 0, otherwise, group = false, only = false } = {}) {
  switch (use.kind) {
    case 'truth': return { is: 'truth', value: otherwise?.value ?? false, otherwise: otherwise?.value ?? false };
    case 'whole': return { is: 'number', text: '', least: use.least, most: use.most, hint: otherwise?.text ?? '' };
    case 'float': return { is: 'number', text: '', hint: otherwise?.text ?? '' };
    case 'text': return { is: 'text', text: otherwise?.text ?? '', otherwise: otherwise?.text ?? '' };
    case 'bytes': return { is: 'bytes', how: otherwise ? 'hex' : 'text', text: hexOf(otherwise), otherwise: hexOf(otherwise), file: null };
    case 'enumeration': return { is: 'name', at: use.at, name: '', hint: otherwise?.text ?? '' };
    case 'list': return { is: 'list', of: use.of, rows: [], has: Boolean(otherwise), given: false };
    case 'structure': {
      const given = group || ((depth === 0 || only) && !otherwise);
      return { is: 'struct', at: use.at, group, depth, given, has: Boolean(otherwise), fields: given ? fieldsOf(types, use.at, depth + 1) : null, choice: '' };
    }
    case 'capability': return { is: 'cap', interface: use.interface, from: '', key: '', listener: '' };
    case 'any': return { is: 'cap', any: true, raw: !use.capability, interface: '', from: '', key: '', listener: '', named: '', text: '' };
    default: return { is: 'nothing' };
  }
}

/** @param {any} otherwise */
function hexOf(otherwise) {
  if (!otherwise) return '';
  return [...fromBase64(otherwise.base64)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** @param {any[]} types @param {number} at @param {number} depth @returns {Record<string, any>} */
function fieldsOf(types, at, depth) {
  const fields = types[at]?.fields ?? [];
  const only = depth === 1 && fields.length === 1;
  return Object.fromEntries(fields.map((/** @type {any} */ field) => [field.name, draftOf(types, field.ty, { depth, otherwise: field.otherwise, group: field.group, only })]));
}

/** Fills in a struct, or leaves it out. @param {any[]} types @param {any} draft @param {boolean} given */
export function give(types, draft, given) {
  draft.given = given;
  if (given && draft.is === 'struct') draft.fields ??= fieldsOf(types, draft.at, draft.depth + 1);
}

/** One more row of a list. @param {any[]} types @param {any} draft */
export function addRow(types, draft) {
  draft.given = true;
  draft.rows.push(draftOf(types, draft.of));
}

/**
 * What a draft means; nothing where it is left out.
 * @param {any[]} types @param {any} draft @param {string} [path] @returns {any}
 */
export function meant(types, draft, path = '') {
  switch (draft.is) {
    case 'truth': return draft.value === draft.otherwise ? undefined : draft.value;
    case 'number': return number(draft, path);
    case 'text': return draft.text === draft.otherwise ? undefined : draft.text;
    case 'bytes': return bytes(draft, path);
    case 'name': return draft.name === '' ? undefined : nameOf(draft.name);
    case 'list': return draft.given ? draft.rows.map((/** @type {any} */ row, /** @type {number} */ at) => row_(types, row, `${path}[${at}]`)) : undefined;
    case 'struct': return draft.given ? members(types, draft, path) : undefined;
    case 'cap': return capability(draft, path);
    default: return undefined;
  }
}

/** An enumerant, or the number of one that the schema does not know. @param {string} name */
function nameOf(name) {
  return /^\d+$/.test(name) ? Number(name) : name;
}

/** The files of a draft that go ahead of a call. @param {any} draft @returns {any[]} */
export function files(draft) {
  if (draft.is === 'bytes') return draft.how === 'file' && draft.file?.blob ? [draft.file] : [];
  if (draft.is === 'list') return draft.rows.flatMap(files);
  if (draft.is === 'struct' && draft.given) return Object.values(draft.fields).flatMap(files);
  return [];
}

/** A row is there even where it is empty. @param {any[]} types @param {any} draft @param {string} path */
function row_(types, draft, path) {
  const value = meant(types, draft, path);
  if (value !== undefined) return value;
  switch (draft.is) {
    case 'truth': return draft.value;
    case 'number': return '0';
    case 'text': return draft.text;
    case 'bytes': return '';
    case 'name': return types[draft.at]?.values[0]?.name ?? 0;
    case 'list': return [];
    case 'struct': return {};
    default: return null;
  }
}

/** @param {any} draft @param {string} path */
function number(draft, path) {
  const text = draft.text.trim();
  if (text === '') return undefined;
  if (draft.least === undefined) {
    const is = /^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|Infinity)$|^NaN$/.test(text);
    if (!is) throw new Unmeant(path, 'A number is expected here, such as 2.5.');
    return text;
  }
  const between = `A whole number from ${draft.least} to ${draft.most} is expected here.`;
  if (!/^[+-]?\d+$/.test(text)) throw new Unmeant(path, between);
  const value = BigInt(text.replace(/^\+/, ''));
  if (value < BigInt(draft.least) || value > BigInt(draft.most)) throw new Unmeant(path, between);
  return value.toString();
}

/** @param {any} draft @param {string} path */
function bytes(draft, path) {
  if (draft.how === 'file') return draft.file?.blob ? { $upload: draft.file.upload } : draft.file?.base64;
  if (draft.how === 'text') return draft.text === '' ? undefined : toBase64(new TextEncoder().encode(draft.text));
  if (draft.text === draft.otherwise) return undefined;
  const read = fromHex(draft.text);
  if (!read) throw new Unmeant(path, 'Pairs of hexadecimal digits are expected here, such as 0a ff.');
  return toBase64(read);
}

/** @param {any[]} types @param {any} draft @param {string} path */
function members(types, draft, path) {
  /** @type {Record<string, any>} */
  const made = {};
  for (const field of types[draft.at]?.fields ?? []) {
    if (field.choice && field.name !== draft.choice) continue;
    const within = path ? `${path}.${field.name}` : field.name;
    let value = meant(types, draft.fields[field.name], within);
    // A union's member says by being there which one it is.
    if (value === undefined && field.choice) value = row_(types, draft.fields[field.name], within);
    if (value !== undefined) made[field.name] = value;
  }
  return made;
}

/** @param {any} draft @param {string} path */
function capability(draft, path) {
  switch (draft.from) {
    case 'grant': return { $grant: draft.key };
    case 'chip': return { $chip: draft.key };
    case 'listener': {
      if (draft.any && !draft.named) throw new Unmeant(path, 'Say which interface the listener has.');
      return draft.any ? { $listener: draft.listener, interface: draft.named } : { $listener: draft.listener };
    }
    case 'raw': {
      const read = fromHex(draft.text);
      if (!read || read.length === 0 || read.length % 8) throw new Unmeant(path, 'Whole words of eight bytes are expected here, in hexadecimal digits.');
      return { $raw: toBase64(read) };
    }
    default: return undefined;
  }
}

/** The members of a struct's union, where it has one. @param {any} type */
export function choices(type) {
  return (type?.fields ?? []).filter((/** @type {any} */ field) => field.choice);
}

/** Where an error of the server's is in the form, and what it says there: `request.items[3].kind: …`. @param {string} message */
export function placeOf(message) {
  const found = /^([A-Za-z][\w]*(?:\[\d+\]|\.[A-Za-z]\w*)*): (.+)$/s.exec(message);
  return found ? { path: found[1], message: found[2] } : null;
}
