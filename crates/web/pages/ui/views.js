// All views, in the order of the rail.

import { view as services } from './views/services.js';
import { view as capset } from './views/capset.js';
import { view as chat } from './views/chat.js';
import { view as terminals } from './views/terminals.js';
import { view as adventure } from './views/adventure.js';
import { view as paperclips } from './views/paperclips.js';
import { view as diagnostics } from './views/diagnostics.js';
import { view as transcript } from './views/transcript.js';
import { view as session } from './views/session.js';
import { view as administration } from './views/administration.js';

/**
 * One view of the workspace.
 * @typedef {object} View
 * @property {string} name in addresses: `#/name/rest`
 * @property {string} title
 * @property {(store: import('../core/store.js').Store) => boolean} isFed whether the session can feed it; else it is absent
 * @property {(root: HTMLElement, context: Context, rest: string[]) => (() => void)} mount shows it; what is returned takes it away
 * @property {(context: Context) => Entry[]} [palette] what it offers in the palette
 * @property {string} [icon] of `icons.js`; where it is not that of its name
 * @property {(store: import('../core/store.js').Store) => number} [badge] how much there is that nobody looked at
 *
 * @typedef {object} Entry
 * @property {string} title
 * @property {string} [hint]
 * @property {() => void} run
 *
 * What a view has. `api.act` posts a command, `api.once` one where doing it twice would hurt.
 * @typedef {object} Context
 * @property {import('../core/api.js').Api} api
 * @property {import('../core/store.js').Store} store
 * @property {(topic: string) => () => void} want a topic that is not for every window; what is returned ends that
 * @property {(path: string) => void} go to `view/rest`
 * @property {(text: string) => void} announce to a screen reader
 * @property {() => Promise<void>} signOut
 */

/** @type {View[]} */
export const views = [
  services,
  capset,
  chat,
  terminals,
  adventure,
  paperclips,
  diagnostics,
  transcript,
  session,
  administration,
];
