// A game of making paperclips.

import { clips } from '../games/clips.js';
import { standing } from '../games/standing.js';

/** @type {import('../views.js').View} */
export const view = {
  name: 'paperclips',
  title: 'Paperclips',
  isFed: (store) => store.get('paperclips') !== undefined,
  mount(root, context) {
    const about = 'Make paperclips, by hand at first. It goes on while you are away, and it has an end.';
    return standing(root, context, { area: 'paperclips', title: 'Paperclips', about, play: (inside) => clips(inside, context) });
  },
  palette({ store, api, go }) {
    if (!store.get('paperclips/game')?.status) return [];
    const make = () => { go('paperclips'); return api.once('paperclips', 'invoke', { command: 'make', arguments: [] }); };
    return [{ title: 'Make a paperclip', hint: 'Paperclips', run: make }];
  },
};
