// What can be used now, what can be launched, and how it goes.

import { cards, counts } from '../../core/services.js';
import { each, fill, h } from '../element.js';
import { button, empty, heading, problem, tabs, waiting } from '../parts.js';
import { grantCard } from './services/grant.js';
import { serviceCard } from './services/service.js';
import { surface } from './services/surface.js';

/** @type {Record<string, string>} */
const FILTERS = { all: 'All', now: 'To use now', launch: 'To launch', no: 'Unavailable' };

/** @type {import('../views.js').View} */
export const view = {
  name: 'services',
  title: 'Services',
  isFed: (store) => store.get('services') !== undefined,
  mount: (root, context, rest) => (rest[0] ? surface(root, context, rest[0]) : list(root, context)),
  palette: ({ store, go }) => (store.get('services')?.services ?? []).flatMap((/** @type {any} */ service) => service.exports
    .filter((/** @type {any} */ one) => one.held)
    .map((/** @type {any} */ one) => ({ title: `Open ${one.name}`, hint: service.label, run: () => go(one.opens) }))),
};

/** @param {HTMLElement} root @param {import('../views.js').Context} context */
function list(root, context) {
  const { store, api } = context;
  let which = 'all';
  const search = h('input', {
    type: 'search', placeholder: 'Find a service', 'aria-label': 'Find a service', 'data-test': 'services-search', autocomplete: 'off', oninput: () => show(),
  });
  const filter = tabs({
    label: 'Which services', test: 'services-show', choose: (name) => { which = name; show(); },
    items: Object.entries(FILTERS).map(([name, title]) => ({ name, title: h('span', {}, title, ' ', h('span', { class: 'quiet', 'data-count': name })) })),
  });
  const trouble = h('div', {});
  const grid = h('div', { class: 'cards services-cards', 'aria-live': 'off' });
  const nothing = h('div', {});
  const draw = each(grid, (/** @type {any} */ card) => card.key, (card) => (card.kind === 'service' ? serviceCard(card, context) : grantCard(card)));
  fill(root, heading('Services', h('div', { class: 'services-search' }, search)), filter, h('div', { class: 'stack services' }, trouble, grid, nothing));
  return store.watch('services', show);

  function show() {
    const view = store.get('services');
    if (!view) return fill(nothing, waiting());
    fill(trouble, view.problem && h('div', { class: 'stack tight' }, problem(view.problem), h('div', { class: 'row' }, again())));
    const number = /** @type {Record<string, number>} */ (counts(view));
    for (const place of filter.querySelectorAll('[data-count]')) fill(place, number[place.dataset.count]);
    const found = cards(view, search.value, which);
    draw(found);
    fill(nothing, found.length === 0 && none(view));
  }

  /** @param {any} view */
  function none(view) {
    if (search.value || which !== 'all') return empty('Nothing here is like that.', button({ label: 'Show all', test: 'services-all', run: all }));
    if (!view.listed) return empty('This session may not see which services there are, and was granted nothing else. Whoever administers the node can grant `services` to your profile.', again());
    return empty('This node has no service for you yet. Whoever administers it can offer some to your profile.', again());
  }

  function all() {
    search.value = '';
    which = 'all';
    filter.mark(which);
    show();
  }

  function again() {
    return button({ label: 'Look again', test: 'services-again', icon: 'refresh', run: () => api.act('services', 'refresh') });
  }
}
