import assert from 'node:assert/strict';
import { test } from 'node:test';

import { asText, fromBase64, fromHex, hexDump, toBase64 } from '../../pages/core/capset/bytes.js';
import { addRow, choices, draftOf, files, give, meant, placeOf, Unmeant } from '../../pages/core/capset/form.js';
import { Outputs } from '../../pages/core/capset/outputs.js';
import { milliseconds, summary } from '../../pages/core/latency.js';
import { capset } from '../../pages/core/reducers/capset.js';

const whole = (least, most) => ({ kind: 'whole', least: String(least), most: String(most) });
const field = (name, ty, more = {}) => ({ name, doc: '', ty, written: '', choice: false, group: false, optional: false, otherwise: null, ...more });
const types = [
  { kind: 'structure', name: 'Params', fields: [
    field('yes', { kind: 'truth' }), field('large', whole(0, 18446744073709551615n)), field('tiny', whole(-128, 127)),
    field('double', { kind: 'float' }), field('text', { kind: 'text' }), field('data', { kind: 'bytes' }),
    field('colour', { kind: 'enumeration', at: 2 }), field('list', { kind: 'list', of: whole(0, 255) }),
    field('shape', { kind: 'structure', at: 1 }), field('cap', { kind: 'capability', interface: 'Chat' }), field('any', { kind: 'any', capability: false }),
  ] },
  { kind: 'structure', name: 'Shape', fields: [
    field('name', { kind: 'text' }), field('point', { kind: 'nothing' }, { choice: true }), field('circle', { kind: 'float' }, { choice: true }),
    field('box', { kind: 'structure', at: 3 }, { choice: true, group: true }), field('next', { kind: 'structure', at: 1 }),
  ] },
  { kind: 'enumeration', name: 'Colour', values: [{ name: 'red', doc: '' }, { name: 'green', doc: '' }] },
  { kind: 'structure', name: 'Shape.box', fields: [field('width', whole(0, 65535))] },
  { kind: 'structure', name: 'Defaults', fields: [
    field('yes', { kind: 'truth' }, { otherwise: { kind: 'truth', value: true } }), field('text', { kind: 'text' }, { otherwise: { kind: 'text', text: 'by default' } }),
    field('tiny', whole(-128, 127), { otherwise: { kind: 'number', text: '-5' } }), field('data', { kind: 'bytes' }, { otherwise: { kind: 'bytes', base64: 'AP8=' } }),
    field('words', { kind: 'list', of: { kind: 'text' } }, { otherwise: { kind: 'list', items: [] } }),
  ] },
];
const params = () => draftOf(types, { kind: 'structure', at: 0 });
const refused = (path, draft) => assert.throws(() => meant(types, draft), (error) => error instanceof Unmeant && error.path === path, path);

test('a form that nothing was filled in has no arguments', () => {
  assert.deepEqual(meant(types, params()), {});
});

test('arguments lose nothing on their way', () => {
  const draft = params();
  const { fields } = draft;
  Object.assign(fields.yes, { value: true });
  Object.assign(fields.large, { text: ' 18446744073709551615 ' });
  Object.assign(fields.tiny, { text: '-128' });
  Object.assign(fields.double, { text: '1e-3' });
  Object.assign(fields.text, { text: ' <b>\u202e ' });
  Object.assign(fields.data, { how: 'hex', text: '00 ff\n10' });
  Object.assign(fields.colour, { name: 'green' });
  addRow(types, fields.list);
  addRow(types, fields.list);
  Object.assign(fields.list.rows[1], { text: '255' });
  Object.assign(fields.cap, { from: 'grant', key: 'chat' });
  assert.deepEqual(meant(types, draft), {
    yes: true, large: '18446744073709551615', tiny: '-128', double: '1e-3', text: ' <b>\u202e ', data: 'AP8Q', colour: 'green', list: ['0', '255'], cap: { $grant: 'chat' },
  });
});

test('structs are left out until they are filled in, and a union has one member', () => {
  const draft = params();
  const { shape } = draft.fields;
  assert.equal(shape.given, false);
  give(types, shape, true);
  assert.deepEqual(meant(types, draft), { shape: {} });
  assert.deepEqual(choices(types[1]).map(({ name }) => name), ['point', 'circle', 'box']);
  shape.choice = 'circle';
  assert.deepEqual(meant(types, draft), { shape: { circle: '0' } });
  shape.choice = 'point';
  shape.fields.circle.text = '2.5';
  assert.deepEqual(meant(types, draft), { shape: { point: null } });
  shape.choice = 'box';
  shape.fields.box.fields.width.text = '7';
  assert.deepEqual(meant(types, draft), { shape: { box: { width: '7' } } });
  give(types, shape.fields.next, true);
  assert.deepEqual(meant(types, draft), { shape: { box: { width: '7' }, next: {} } });
  give(types, shape, false);
  assert.deepEqual(meant(types, draft), {});
});

test('defaults stay unless something else is said, which may be nothing', () => {
  const draft = draftOf(types, { kind: 'structure', at: 4 });
  assert.deepEqual(meant(types, draft), {});
  const { fields } = draft;
  assert.equal(fields.tiny.hint, '-5');
  fields.yes.value = false;
  fields.text.text = '';
  fields.data.text = '';
  fields.words.given = true;
  assert.deepEqual(meant(types, draft), { yes: false, text: '', data: '', words: [] });
});

test('what cannot be meant is told where it is', () => {
  for (const [name, change] of [
    ['large', { text: '18446744073709551616' }], ['large', { text: '1.5' }], ['tiny', { text: '128' }], ['double', { text: 'two' }], ['data', { how: 'hex', text: '0' }],
    ['any', { from: 'raw', text: '00' }], ['any', { from: 'listener', listener: '1' }],
  ]) {
    const draft = params();
    Object.assign(draft.fields[name], change);
    refused(name, draft);
  }
  const draft = params();
  addRow(types, draft.fields.list);
  draft.fields.list.rows[0].text = '256';
  refused('list[0]', draft);
});

test('capabilities are grants, what calls gave, listeners, or bytes of a message', () => {
  const cap = (change, name = 'cap') => {
    const draft = params();
    Object.assign(draft.fields[name], change);
    return meant(types, draft)[name];
  };
  assert.deepEqual(cap({ from: 'chip', key: '0a' }), { $chip: '0a' });
  assert.deepEqual(cap({ from: 'listener', listener: '0b' }), { $listener: '0b' });
  assert.deepEqual(cap({ from: 'listener', listener: '0b', named: 'Chat' }, 'any'), { $listener: '0b', interface: 'Chat' });
  assert.deepEqual(cap({ from: 'raw', text: '00 00 00 00 00 00 00 00' }, 'any'), { $raw: 'AAAAAAAAAAA=' });
});

test('small files go within a call and large ones ahead of it', () => {
  const draft = params();
  const { data } = draft.fields;
  Object.assign(data, { how: 'file', file: { name: 'a', size: 3, base64: 'AP8Q' } });
  assert.deepEqual(meant(types, draft), { data: 'AP8Q' });
  assert.deepEqual(files(draft), []);
  data.file = { name: 'b', size: 1e6, blob: {} };
  assert.deepEqual(files(draft), [data.file]);
  data.file.upload = '0c';
  assert.deepEqual(meant(types, draft), { data: { $upload: '0c' } });
});

test('an error names the place in the form that it is about', () => {
  assert.deepEqual(placeOf('request.items[3].kind: it has none of that name'), { path: 'request.items[3].kind', message: 'it has none of that name' });
  assert.deepEqual(placeOf('Section: expected a whole number'), { path: 'Section', message: 'expected a whole number' });
  assert.equal(placeOf('The node says nothing'), null);
});

test('bytes are told in several ways', () => {
  const bytes = Uint8Array.from({ length: 40000 }, (_, at) => at % 256);
  assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
  assert.deepEqual(fromHex('0a FF\n00'), Uint8Array.of(10, 255, 0));
  assert.equal(fromHex('0'), null);
  assert.equal(fromHex('xy'), null);
  assert.equal(hexDump(Uint8Array.of(65, 10, 255), 16), `000010  41 0a ff${' '.repeat(39)}  A··`);
  assert.equal(asText(Uint8Array.of(0xff, 0xfe)), null);
  assert.equal(asText(new TextEncoder().encode('a\n\u202e\u001b[2J')), 'a\n\ufffd\ufffd[2J');
});

test('what a listener heard is kept as far as the server keeps it', () => {
  const calls = (from, to) => Array.from({ length: to - from }, (_, at) => ({ number: from + at }));
  let whole_ = { calls: [], most: 3, total: 0, missed: 0, silent: false };
  whole_ = capset(whole_, { calls: calls(1, 3), total: 2, missed: 0, silent: true });
  whole_ = capset(whole_, { calls: calls(3, 6), total: 9, missed: 4, silent: false });
  assert.deepEqual(whole_, { calls: calls(3, 6), most: 3, total: 9, missed: 4, silent: false });
});

test('a call is under way until it is over, and can be given up', async () => {
  const outputs = new Outputs();
  let told = 0;
  const stop = outputs.watch(() => { told += 1; });
  const made = await outputs.make('a', async () => ({ result: '1' }), () => {});
  assert.equal(made.under, false);
  assert.deepEqual(outputs.of('a')[0].reply, { result: '1' });
  let cancelled = '';
  const slow = outputs.make('a', (_, signal) => new Promise((_resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); }), (call) => { cancelled = call; });
  const [under] = outputs.of('a');
  assert.equal(under.under, true);
  outputs.clear('a');
  assert.deepEqual(outputs.of('a'), [under], 'what is under way stays in view');
  under.cancel();
  assert.equal((await slow).error.code, 'cancelled');
  assert.equal(cancelled, under.call);
  assert.ok(told >= 5);
  stop();
  outputs.remove('a', under);
  assert.deepEqual(outputs.of('a'), []);
});

test('latency is told by its middle and its extremes', () => {
  assert.equal(summary([]), null);
  assert.deepEqual(summary([9, 1, 5, 3]), { least: 1, middle: 3, most: 9 });
  assert.deepEqual([0.4, 3.14, 3, 42.4].map(milliseconds), ['under 1 ms', '3.1 ms', '3 ms', '42 ms']);
});
