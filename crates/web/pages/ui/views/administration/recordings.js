// Everybody's recordings of terminals. They are looked at here, not removed; that somebody looked is in the journal.

import { fill, h } from '../../element.js';
import { shelf } from '../../terminal/recordings.js';
import { replay } from '../../terminal/replay.js';

/** @type {import('../../terminal/recordings.js').Shelf} */
const EVERYBODYS = { topic: 'administration/recordings', address: 'administration/recordings', everybodys: true };

/** @type {import('../administration.js').Part} */
export function recordings(root, context, [recording]) {
  if (recording) return replay(root, context, recording, EVERYBODYS);
  const below = h('div', { class: 'stack' });
  fill(root, h('div', { class: 'stack' }, h('p', { class: 'quiet small' }, 'What terminals of this node showed. Each look at one, and each reading of this list, is written into the journal: it shows what there was when you opened it.'), below));
  return shelf(below, context, EVERYBODYS);
}
