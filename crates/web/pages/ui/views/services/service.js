// The card of a service: what it needs and offers, and launching it in view.

import { missing, openOf, stateOf } from '../../../core/services.js';
import { counted } from '../../../core/words.js';
import { fill, h } from '../../element.js';
import { ago, badge, button, confirm, problem } from '../../parts.js';

/** @type {Record<string, string>} */
const DOING = { launch: 'Launching', attach: 'Joining', stop: 'Giving back', probe: 'Looking' };

/**
 * @param {import('../../../core/services.js').ServiceCard} first @param {import('../../views.js').Context} context
 * @returns {{element: any, show: (card: any) => void}}
 */
export function serviceCard(first, { api, announce }) {
  let card = first;
  const id = first.service.id;
  /** What is handed over. @type {Set<string>} */
  const chosen = new Set();
  const [head, facts, work, outcome] = ['header', 'div', 'div', 'div'].map((name) => h(name, {}));
  outcome.setAttribute('role', 'status');
  const open = h('a', { class: 'button primary', 'data-test': 'service-open', 'data-key': id }, 'Open');
  const made = {
    launch: button({ label: 'Launch', test: 'service-launch', key: id, kind: 'primary', icon: 'play', run: () => ask('launch', { grants: [...chosen] }) }),
    attach: button({ label: 'Attach', test: 'service-attach', key: id, kind: 'primary', run: () => ask('attach', {}) }),
    probe: button({ label: 'Probe', test: 'service-probe', key: id, title: 'Tells what a launch would do, and does nothing', run: () => ask('probe', { grants: [...chosen] }) }),
    stop: button({ label: 'Stop', test: 'service-stop', key: id, kind: 'danger', icon: 'stop', run: stop }),
  };
  const element = h('article', { class: 'card service', 'data-test': 'service', 'data-key': id, 'aria-label': first.service.label },
    head, facts, work, outcome, h('div', { class: 'row' }, open, made.launch, made.attach, made.probe, made.stop));
  let before = '';
  show(first);
  return { element, show };

  /** @param {import('../../../core/services.js').ServiceCard} next */
  function show(next) {
    card = next;
    const text = JSON.stringify({ ...next.service, work: null });
    if (text !== before) describe();
    before = text;
    fill(work, next.service.work && steps(next.service.work));
    offer();
  }

  function describe() {
    const { service } = card;
    const state = stateOf(service);
    element.dataset.state = service.state;
    fill(head, h('div', { class: 'split' }, h('h2', {}, service.label), h('span', { title: state.says }, badge(state.word, state.kind))),
      h('p', { class: service.summary ? '' : 'quiet' }, service.summary || state.says));
    fill(facts,
      service.requires.length > 0 && section('Needs', service.requires.map(requirement)),
      lacking(service),
      section('Offers', service.exports.map((one) => (one.held
        ? h('a', { class: 'chip', href: `#/${one.opens}`, title: one.interface, 'data-test': 'service-export', 'data-key': one.name }, one.name)
        : h('span', { class: 'chip quiet', title: `${one.interface}; not in your CapSet` }, one.name)))),
      service.processes.length > 1 && h('p', { class: 'quiet small' }, `Processes: ${service.processes.join(', ')}`));
  }

  function offer() {
    const { service, mayLaunch } = card;
    const where = openOf(service);
    open.hidden = !where || service.state === 'unavailable';
    if (where) open.setAttribute('href', `#/${where}`);
    const isHeld = service.exports.some((one) => one.held);
    const busy = service.work ? 'It is being worked on.' : null;
    const no = mayLaunch ? busy : 'This session may not start services: it was not granted `runner`.';
    made.launch.hidden = service.state === 'running' || service.state === 'attachable';
    made.launch.button.classList.toggle('primary', !isHeld);
    made.launch.disable(service.state === 'unavailable' ? 'This node cannot start it; probe it to see why.' : no);
    made.attach.hidden = service.state !== 'attachable';
    made.attach.button.classList.toggle('primary', !isHeld);
    made.attach.disable(no);
    made.probe.hidden = !mayLaunch;
    made.probe.disable(busy);
    made.stop.hidden = service.state !== 'running' || !mayLaunch;
    made.stop.disable(busy);
  }

  /** @param {import('../../../core/services.js').Requirement} one */
  function requirement(one) {
    const held = one.held === 'yes';
    if (!one.lent) return h('span', { class: 'chip quiet', title: `${one.interface}; the node sees to it` }, one.name);
    if (!held) return h('span', { class: 'badge warn', title: one.interface }, one.held === 'no' ? `${one.name}: missing` : `${one.name}: another interface`);
    const box = h('input', {
      type: 'checkbox', checked: chosen.has(one.name), 'data-test': 'service-lend', 'data-key': one.name,
      onchange: () => { if (box.checked) chosen.add(one.name); else chosen.delete(one.name); },
    });
    return h('label', { class: 'chip', title: one.interface }, box, one.moved ? `hand over ${one.name}, until it stops` : `hand over ${one.name}`);
  }

  /** @param {any} service */
  function lacking(service) {
    const names = missing(service).map((one) => one.name);
    return names.length > 0 && h('p', { class: 'quiet small', 'data-test': 'service-missing' }, `You were not granted ${names.join(' and ')}. It may start without; probe it to see.`);
  }

  /** @param {string} action @param {object} given */
  async function ask(action, given) {
    fill(outcome);
    const call = action === 'probe' ? api.act('services', action, { service: id, ...given }) : api.once('services', action, { service: id, ...given });
    const found = await call;
    announce(`${card.service.label}: ${found.message}`);
    fill(outcome, told(found));
  }

  async function stop() {
    const { label } = card.service;
    await confirm({
      title: `Stop ${label}?`, action: 'Stop', test: 'service-stop-confirm',
      text: 'This session gives back everything that it has of it, at once. What runs for others goes on.', run: () => ask('stop', {}),
    });
  }

  /** @param {import('../../../core/services.js').Work} given */
  function steps({ action, sinceMs, steps: all }) {
    return h('div', { class: 'service-work', role: 'group', 'aria-label': DOING[action] },
      h('ol', {}, all.map(({ label, state }) => h('li', { 'data-state': state, 'aria-current': state === 'now' && 'step' }, label))),
      h('div', { class: 'split' }, h('span', { class: 'quiet small' }, DOING[action], ', begun ', ago(sinceMs)),
        button({ label: 'Cancel', test: 'service-cancel', key: id, kind: 'small', run: () => api.act('services', 'cancel', { service: id }) })));
  }
}

/** @param {string} title @param {any[]} chips */
function section(title, chips) {
  return h('div', { class: 'service-chips' }, h('h3', { class: 'quiet small' }, title), h('div', { class: 'row' }, chips.length ? chips : h('span', { class: 'quiet' }, 'nothing')));
}

/** What came of it. @param {any} found @returns {any} */
function told(found) {
  if (!found.possible) return h('div', { 'data-test': 'service-refused' }, problem(found));
  const wasProbe = found.action === 'probe';
  const gains = found.gains.map((/** @type {any} */ gain) => h('li', {},
    gain.opens && gain.status === 'callable' && !wasProbe ? h('a', { href: `#/${gain.opens}`, 'data-test': 'service-gain', 'data-key': gain.name }, gain.name) : h('strong', {}, gain.name),
    h('span', { class: 'quiet' }, ` ${gain.interface}`), gain.notes.map((/** @type {string} */ note) => h('div', { class: 'quiet small' }, note)),
    gain.methods.length > 0 && h('details', {}, h('summary', { class: 'small', 'data-test': 'service-methods' }, counted(gain.methods.length, 'method')), h('p', { class: 'mono small' }, gain.methods.join(', ')))));
  const lent = found.accepted.length > 0 && h('p', { class: 'small' }, `${wasProbe ? 'It would be lent' : 'It is lent'} ${found.accepted.join(', ')}.`);
  return h('div', { class: 'note', 'data-test': 'service-outcome' },
    h('p', {}, wasProbe ? `Nothing was started. ${capital(found.message)}.` : `${capital(found.message)}.`), lent,
    gains.length > 0 && found.action !== 'stop' && h('div', {}, h('p', { class: 'small quiet' }, wasProbe ? 'You would gain:' : 'You have:'), h('ul', { class: 'stack tight' }, gains)));
}

/** @param {string} text */
function capital(text) {
  return text.replace(/\.$/, '').replace(/^./, (first) => first.toUpperCase());
}
