// The room a player is in, what is there, and what can be done with it.

import { command, groups, obstacle, settled, verbs } from '../../core/commands.js';
import { spoken } from '../../core/map.js';
import { commandForm } from '../commands.js';
import { each, fill, h } from '../element.js';
import { badge, button, waiting } from '../parts.js';
import { map } from './map.js';
import { outcome } from './outcome.js';

/** Things that are carried stand in rows of so many. */
const SLOTS = 5;
/** Commands that have a place of their own. */
const ELSEWHERE = new Set(['go', 'look']);

/** @param {HTMLElement} root @param {import('../views.js').Context} context @returns {() => void} */
export function world(root, context) {
  const unwant = context.want('adventure/world');
  const said = outcome('adventure-said');
  const run = async (/** @type {any} */ spec, /** @type {any[]} */ args) => {
    const came = await context.api.once('adventure', 'invoke', { command: spec.name, arguments: args });
    said.say(came);
  };
  const parts = [room(run, said), side(), log(), everything(run)];
  let drawn = false;
  const stop = context.store.watch('adventure/world', show);
  return () => { stop(); unwant(); };

  /** @param {any} state */
  function show(state) {
    if (!state?.now) {
      drawn = false;
      return fill(root, waiting('The world is being looked at…'));
    }
    if (!drawn) {
      const [first, second, third, last] = parts.map(({ element }) => element);
      fill(root, first.heading, h('div', { class: 'adventure' }, h('div', { class: 'stack' }, first, third), second), last);
      drawn = true;
    }
    for (const part of parts) part.show(state);
  }

  /** The map, what is to be done, and what is carried. */
  function side() {
    const places = map();
    const mission = h('div', { class: 'panel stack tight', 'data-test': 'adventure-mission' });
    const element = h('div', { class: 'stack' }, mission, h('section', { class: 'panel', 'aria-label': 'Map' }, h('h2', {}, 'Map'), places.element));
    return { element, show };

    /** @param {any} state */
    function show({ now, seen }) {
      places.show(seen, now.room.id);
      fill(mission, h('h2', {}, now.room.mission || 'No mission yet'), h('p', { class: 'quiet' }, now.room.lead || 'Look about, and ask people.'));
    }
  }
}

/** @param {(spec: any, args: any[]) => any} run @param {any} said */
function room(run, said) {
  const title = h('h1', { tabindex: '-1', 'data-test': 'adventure-title' });
  const tools = h('span', { class: 'row' });
  const description = h('p', { class: 'description' });
  const exits = h('div', { class: 'row', role: 'group', 'aria-label': 'Ways out' });
  const here = h('div', { class: 'stack tight' });
  const held = h('div', { class: 'slots', role: 'group', 'aria-label': 'Inventory' });
  const about = h('h2', {});
  const doings = h('div', { class: 'each' });
  const deeds = h('section', { class: 'deeds panel', 'aria-label': 'What can be done with it', hidden: true }, about, doings);
  const slots = h('section', { class: 'panel', 'aria-label': 'Inventory' }, h('h2', {}, 'You carry'), held);
  const panel = h('section', { class: 'panel stack', 'aria-label': 'The room' }, description, exits, here);
  const element = h('div', { class: 'stack' }, panel, deeds, said, slots);
  element.heading = h('div', { class: 'toolbar' }, title, tools);
  const ways = each(exits, ({ direction, to }) => `${direction} ${to}`, (exit) => way(exit));
  let chosen = '';
  /** @type {any} */
  let state;
  const offer = each(doings, ({ spec, parameter }) => `${chosen} ${spec.name} ${parameter}`, (deed) => verb(deed));
  return { element, show };

  /** @param {any} next */
  function show(next) {
    state = next;
    const { room: at, items, menu } = state.now;
    fill(title, at.title);
    fill(description, at.description);
    tell(tools, menu);
    const go = command(menu, 'go');
    ways(go && obstacle(go) ? [] : at.exits);
    const kinds = [['People', at.actors], ['Foes', at.mobs], ['Things', at.items], ['Writs', at.writs]];
    if (!items.includes(chosen) && !kinds.some(([, all]) => all.includes(chosen))) chosen = '';
    const filled = kinds.filter(([, all]) => all.length > 0);
    keepFocus(() => {
      fill(here, filled.map(([kind, all]) => h('div', { class: 'row', role: 'group', 'aria-label': kind }, h('span', { class: 'kind quiet small' }, kind), all.map((/** @type {string} */ name) => thing(name, 'chip')))));
      const free = (SLOTS - items.length % SLOTS) % SLOTS || (items.length ? 0 : SLOTS);
      fill(held, items.map((/** @type {string} */ name) => thing(name, 'slot')), Array.from({ length: free }, () => h('span', { class: 'slot free', 'aria-hidden': 'true' })));
    });
    choose(chosen);
  }

  /** What is made anew has the focus where the same thing had it. @param {() => void} make */
  function keepFocus(make) {
    const { test, key } = /** @type {any} */ (document.activeElement)?.dataset ?? {};
    const had = element.contains(document.activeElement) && test === 'adventure-thing' && key;
    make();
    if (!had) return;
    const again = [...element.querySelectorAll('[data-test="adventure-thing"]')].find((one) => one.dataset.key === had);
    /** @type {any} */ (again ?? title).focus({ preventScroll: true });
  }

  /** @param {string} name @param {string} kind */
  function thing(name, kind) {
    const press = () => choose(chosen === name ? '' : name);
    return h('button', { type: 'button', class: kind, 'data-test': 'adventure-thing', 'data-key': name, 'aria-pressed': String(name === chosen), onclick: press }, spoken(name));
  }

  /** @param {string} name */
  function choose(name) {
    chosen = name;
    for (const one of element.querySelectorAll('[data-test="adventure-thing"]')) one.setAttribute('aria-pressed', String(one.dataset.key === name));
    const found = name ? verbs(state.now.menu, name) : [];
    deeds.hidden = found.length === 0;
    fill(about, spoken(name));
    offer(found);
  }

  /** @param {{direction: string, to: string}} exit */
  function way({ direction, to }) {
    const known = state.seen.find((/** @type {any} */ one) => one.id === to);
    const label = h('span', {}, spoken(direction), h('small', { class: 'quiet' }, ` ${known?.title ?? spoken(to)}`));
    return button({ label, test: 'adventure-exit', key: direction, run: () => run({ name: 'go' }, [{ name: 'direction', value: direction }]) });
  }

  /** @param {{spec: any, parameter: string}} deed */
  function verb({ spec, parameter }) {
    const about = chosen;
    const ask = (/** @type {any} */ _, /** @type {any[]} */ args) => {
      const rest = new Map(args.map((one) => [one.name, one.value]));
      rest.set(parameter, about);
      return run(spec, spec.parameters.filter((/** @type {any} */ one) => rest.has(one.name)).map((/** @type {any} */ one) => ({ name: one.name, value: rest.get(one.name) })));
    };
    const form = commandForm(settled(spec, parameter), { run: ask, compact: true, test: 'adventure-do' });
    return { element: form.element, show: (/** @type {any} */ now) => form.show(settled(now.spec, now.parameter)) };
  }

  /** What is done without a thing. @param {any} into @param {any} menu */
  function tell(into, menu) {
    const wanted = ['status', 'retreat', 'leave', 'resume'].map((name) => command(menu, name)).filter((one) => one && !obstacle(one));
    const names = wanted.map((one) => one?.name).join(' ');
    if (into.dataset.names === names) return;
    into.dataset.names = names;
    fill(into, wanted.map((one) => button({ label: one?.label, test: `adventure-${one?.name}`, kind: 'small', run: () => run(one, []) })));
  }
}

/** What was said so far. */
function log() {
  const lines = h('div', { class: 'log', role: 'log', tabindex: '0', 'aria-label': 'What happened', 'data-test': 'adventure-log' });
  const element = h('section', { class: 'panel' }, h('h2', {}, 'What happened'), lines);
  const all = each(lines, (/** @type {any} */ line) => line.at, ({ asked, done, text }) => h('div', { class: 'entry' },
    h('p', { class: 'asked mono small' }, asked, !done && badge('no', 'warn')), h('p', { class: 'text' }, text)));
  /** @type {WeakMap<any, string>} */
  const names = new WeakMap();
  let count = 0;
  /** @type {any} */
  let last;
  return { element, show };

  /** @param {any} state */
  function show(state) {
    if (state.log === last) return;
    last = state.log;
    const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 40;
    all(state.log.map((/** @type {any} */ line) => {
      if (!names.has(line)) names.set(line, String(count += 1));
      return Object.assign(line, { at: names.get(line) });
    }));
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  }
}

/** Every command, by its group. @param {(spec: any, args: any[]) => any} run */
function everything(run) {
  const inside = h('div', { class: 'cards' });
  const element = h('details', { class: 'panel everything' }, h('summary', { 'data-test': 'adventure-everything' }, 'Everything that can be done'), inside);
  const show = each(inside, ({ name }) => name, (group) => section(group));
  return { element, show: (/** @type {any} */ { now }) => show(groups(now.menu.commands.filter((/** @type {any} */ { name }) => !ELSEWHERE.has(name)))) };

  /** @param {{name: string, commands: any[]}} group */
  function section(group) {
    const forms = h('div', { class: 'stack tight' });
    const all = each(forms, (/** @type {any} */ { name }) => name, (spec) => commandForm(spec, { run, compact: true, test: 'adventure-command' }));
    all(group.commands);
    return { element: h('section', { class: 'card', 'aria-label': group.name }, h('h3', {}, group.name), forms), show: (/** @type {any} */ now) => all(now.commands) };
  }
}
