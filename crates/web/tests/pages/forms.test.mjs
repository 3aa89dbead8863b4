import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Forms } from '../../pages/core/capset/forms.js';

const text = (words) => ({ is: 'text', text: words });
const struct = (fields) => ({ is: 'struct', given: true, fields });

test('a form is there for the same person while it has its shape, and for nobody else', () => {
  const forms = new Forms();
  forms.begin('user/ada');
  const draft = struct({ script: text('half a') });
  forms.keep('shell run', '1', draft);
  forms.end();
  forms.begin('user/ada');
  assert.equal(forms.get('shell run', '1'), draft);
  assert.equal(forms.get('shell run', '2'), undefined, 'its service takes something else by now');
  forms.begin('user/eve');
  assert.equal(forms.get('shell run', '1'), undefined);
  forms.begin('');
  forms.keep('shell run', '1', draft);
  forms.begin('');
  assert.equal(forms.get('shell run', '1'), undefined, 'who is a guest is not known again');
});

test('neither secrets nor what only that session had are kept past its end', () => {
  const forms = new Forms();
  forms.begin('user/ada');
  const secret = { is: 'bytes', how: 'text', text: 'hidden', file: { base64: 'aGlkZGVu' } };
  const chip = { is: 'cap', from: 'chip', key: '12', listener: '' };
  const grant = { is: 'cap', from: 'grant', key: 'chat', listener: '' };
  const rows = { is: 'list', given: true, rows: [struct({ newPassword: text('hidden'), to: { ...chip } })] };
  const draft = struct({ password: text('hidden'), proofs: { is: 'list', given: true, rows: [text('hidden')] }, recoveryToken: secret, name: text('ada'), chip, grant, rows });
  forms.keep('accounts change', '1', draft);
  forms.end();
  assert.ok(!JSON.stringify(draft).includes('hidden') && !JSON.stringify(draft).includes('aGlkZGVu'), JSON.stringify(draft));
  assert.equal(draft.fields.name.text, 'ada');
  assert.deepEqual([chip.from, grant.from, grant.key, rows.rows[0].fields.to.key], ['', 'grant', 'chat', '']);
});

test('so many forms are kept, and not one more', () => {
  const forms = new Forms();
  for (let count = 0; count < 65; count += 1) forms.keep(String(count), '1', text('x'));
  assert.equal(forms.get('0', '1'), undefined);
  assert.ok(forms.get('1', '1') && forms.get('64', '1'));
});
