import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Drafts } from '../../pages/core/drafts.js';

test('what was written is there for the same person, and for nobody else', () => {
  const drafts = new Drafts();
  drafts.keep('ada', 'chat/lobby', 'half a');
  assert.equal(drafts.get('ada', 'chat/lobby'), 'half a');
  assert.equal(drafts.get('eve', 'chat/lobby'), '');
  assert.equal(drafts.get('', 'chat/lobby'), '');
  drafts.keep('eve', 'chat/lobby', 'mine');
  assert.equal(drafts.get('ada', 'chat/lobby'), '', 'another has been here since');
  drafts.clear();
  assert.equal(drafts.get('eve', 'chat/lobby'), '');
});

test('what was sent is not there any more, and what is kept is bounded', () => {
  const drafts = new Drafts();
  drafts.keep('ada', 'a', 'x');
  drafts.keep('ada', 'a', '');
  drafts.keep('ada', 'b', 'x'.repeat(4097));
  assert.equal(drafts.texts.size, 0);
  for (let count = 0; count < 65; count += 1) drafts.keep('ada', String(count), 'x');
  assert.equal(drafts.texts.size, 64);
  assert.equal(drafts.get('ada', '0'), '');
  assert.equal(drafts.get('ada', '64'), 'x');
});
