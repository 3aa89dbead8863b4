// One capability: what its interface says, its methods, and the form of one of them.

import { fill, h } from '../../element.js';
import { arrows, badge, button, empty, heading, icon, problem, until, waiting } from '../../parts.js';
import { path } from '../capset.js';
import { chipActions } from './chip.js';
import { doc } from './doc.js';
import { heard } from './heard.js';
import { methodForm } from './method.js';

/**
 * @param {HTMLElement} root @param {import('../capset.js').Given} given @param {string} name a grant's, or a chip's after `~`
 * @param {string} [method] @returns {() => void}
 */
export function one(root, given, name, method) {
  const { api, outputs, store } = given;
  const key = name.startsWith('~') ? name.slice(1) : '';
  const on = key ? { chip: key } : { grant: name };
  const head = h('div', {});
  const body = h('div', { class: 'capset-body' }, waiting());
  let leave = () => {};
  let gone = false;
  let shown = '';
  fill(root, h('p', {}, h('a', { href: '#/capset', class: 'row small', 'data-test': 'capset-back' }, icon('back'), 'All grants')), head, body);
  const stop = store.watch(key ? 'capset/chips' : 'capset', look);
  return () => { gone = true; stop(); leave(); };

  /** What the board knows of it. */
  function known() {
    if (key) return store.get('capset/chips')?.chips.find((/** @type {any} */ chip) => chip.key === key);
    return store.get('capset')?.grants.find((/** @type {any} */ grant) => grant.name === name);
  }

  function look() {
    const thing = known();
    if (!thing) return missing();
    showHead(thing);
    const now = `${thing.interface} ${thing.methods.length}`;
    if (now !== shown) {
      shown = now;
      load(thing);
    }
  }

  function missing() {
    leave();
    [leave, shown] = [() => {}, ''];
    fill(head, heading(key ? 'A capability' : name));
    const why = key ? 'It was released, or its session is over.' : 'Nothing of that name is granted to this session, or it is not any more.';
    fill(body, empty(why, button({ label: 'All grants', test: 'capset-all', run: () => given.go('capset') })));
  }

  /** @param {any} thing */
  function showHead(thing) {
    const title = key ? thing.interface || 'An untyped capability' : name;
    fill(head, heading(title, key ? chipActions(given, thing) : false),
      h('div', { class: 'row' }, h('code', {}, thing.interface || 'no interface known'),
        key ? h('span', { class: 'quiet small' }, 'from ', h('code', {}, thing.from)) : badge(thing.transfer, thing.local ? 'warn' : ''),
        thing.leaseExpiresAtMs && h('span', { class: 'small quiet' }, 'lease ', until(thing.leaseExpiresAtMs))));
  }

  /** @param {any} thing */
  async function load(thing) {
    const at = `${name} ${thing.interface}`;
    try {
      if (key && !thing.interface) return untyped(thing);
      const schema = outputs.schemas.get(at) ?? await api.act('capset', 'describe', { on });
      if (schema.known) outputs.schemas.set(at, schema);
      if (!gone) show(schema, thing);
    } catch (error) {
      if (!gone) fill(body, problem(error));
    }
  }

  /** @param {any} thing */
  function untyped(thing) {
    fill(body, empty('The schema leaves open what this capability is. Use it as an interface, or give it to another method.', chipActions(given, thing)[0]));
  }

  /** @param {any} schema @param {any} thing */
  function show(schema, thing) {
    leave();
    leave = () => {};
    const live = h('div', {});
    const about = doc(schema.doc);
    if (!schema.known) return fill(body, about, empty('The node does not know this interface either, so it cannot be called from here. It can be given to other methods.'));
    const list = h('nav', { class: 'capset-methods', 'aria-label': `Methods of ${schema.name}` }, schema.methods.map(entry));
    arrows(list, 'a');
    const main = h('div', { class: 'grow' });
    fill(body, about, live, h('div', { class: `capset-one${method ? ' chosen' : ''}` }, list, main));
    const stops = thing.listens ? [heard(live, given, key)] : [];
    const chosen = schema.methods.find((/** @type {any} */ one) => one.name === method);
    if (chosen && !thing.local) stops.push(methodForm(main, given, { name, on, schema, method: chosen }));
    else fill(main, hint(schema, thing, method));
    leave = () => { for (const end of stops) end(); };
  }

  /** @param {any} each */
  function entry(each) {
    return h('a', { href: `#/${path(name, each.name)}`, 'data-test': 'method-open', 'data-key': each.name, 'aria-current': each.name === method && 'page' },
      h('span', { class: 'mono' }, each.name), each.streaming && badge('stream'), each.from && h('span', { class: 'quiet small' }, each.from));
  }
}

/** @param {any} schema @param {any} thing @param {string} [method] */
function hint(schema, thing, method) {
  if (thing.local) return empty('This grant is listed to explain what the session is part of. It cannot be had, so it cannot be called.');
  if (method) return empty(`${schema.name} has no method of that name.`);
  return empty(schema.methods.length ? 'Choose a method.' : 'This interface has no methods: holding the capability is all there is to it.');
}
