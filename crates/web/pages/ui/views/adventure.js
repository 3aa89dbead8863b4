// A world to walk through.

import { standing } from '../games/standing.js';
import { world } from '../games/world.js';

/** @type {import('../views.js').View} */
export const view = {
  name: 'adventure',
  title: 'Adventure',
  isFed: (store) => store.get('adventure') !== undefined,
  mount(root, context) {
    const about = 'A town whose clock has stopped: walk through it, alone or in a party, and find out why.';
    return standing(root, context, { area: 'adventure', title: 'Adventure', about, play: (inside) => world(inside, context) });
  },
  palette({ store, api, go }) {
    const now = store.get('adventure/world')?.now;
    if (!now) return [];
    const walk = (/** @type {string} */ direction) => () => {
      go('adventure');
      return api.once('adventure', 'invoke', { command: 'go', arguments: [{ name: 'direction', value: direction }] });
    };
    return now.room.exits.map((/** @type {any} */ { direction }) => ({ title: `Go ${direction}`, hint: 'Adventure', run: walk(direction) }));
  },
};
