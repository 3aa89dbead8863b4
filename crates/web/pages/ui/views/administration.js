// Administration: people, what they are given, live sessions, the journal, recordings, services. Each where there is a
// grant for it.

import { fill, h } from '../element.js';
import { empty, heading, tabs } from '../parts.js';
import { journal } from './administration/journal.js';
import { people } from './administration/people.js';
import { recordings } from './administration/recordings.js';
import { rules } from './administration/rules.js';
import { services } from './administration/services.js';
import { sessions } from './administration/sessions.js';

/** @typedef {(root: HTMLElement, context: import('../views.js').Context, rest: string[]) => (() => void)} Part */

/** @type {{name: string, title: string, part: string, show: Part}[]} */
const PARTS = [
  { name: 'people', title: 'People', part: 'people', show: people },
  { name: 'rules', title: 'Roles and profiles', part: 'people', show: rules },
  { name: 'sessions', title: 'Live sessions', part: 'sessions', show: sessions },
  { name: 'journal', title: 'Audit', part: 'journal', show: journal },
  { name: 'recordings', title: 'Recordings', part: 'recordings', show: recordings },
  { name: 'services', title: 'Services', part: 'services', show: services },
];

/** @param {import('../../core/store.js').Store} store */
function parts(store) {
  const has = store.get('administration') ?? {};
  return PARTS.filter(({ part }) => has[part]);
}

/** @type {import('../views.js').View} */
export const view = {
  name: 'administration',
  title: 'Administration',
  isFed: (store) => store.get('administration') !== undefined,
  mount(root, context, [name, ...rest]) {
    const { store, go } = context;
    const bar = h('div');
    const below = h('div', { class: 'administration', role: 'tabpanel' });
    fill(root, heading('Administration'), bar, below);
    let leave = () => {};
    let shown = '';
    const stop = store.watch('administration', () => {
      const all = parts(store);
      const text = all.map((one) => one.name).join();
      if (text === shown) return;
      shown = text;
      const chosen = all.find((one) => one.name === name) ?? all[0];
      leave();
      leave = () => {};
      fill(below);
      if (!chosen) return fill(below, empty('Nothing of this is granted to this session any more.'));
      fill(bar, tabs({ label: 'Parts of the administration', items: all, chosen: chosen.name, test: 'administration', choose: (one) => go(`administration/${one}`) }));
      below.setAttribute('aria-label', chosen.title);
      leave = chosen.show(below, context, rest);
    });
    return () => { stop(); leave(); };
  },
  palette: (context) => parts(context.store).map(({ name, title }) => ({ title, hint: 'Administration', run: () => context.go(`administration/${name}`) })),
};
