// The services that the node runs: how they stand, and what they say.

import { each, fill, h } from '../../element.js';
import { ago, badge, button, confirm, empty, moment, waiting } from '../../parts.js';
import { line, list } from './list.js';

/** @typedef {import('../../views.js').Context} Context */

/** @type {Record<string, '' | 'good' | 'bad' | 'warn'>} */
const STATES = { running: 'good', starting: 'warn', waiting: 'warn', unhealthy: 'bad', givenUp: 'bad', unavailable: 'bad', stopped: '' };

/** @type {import('../administration.js').Part} */
export function services(root, context, [name]) {
  return name ? log(root, context, name) : all(root, context);
}

/** @param {HTMLElement} root @param {Context} context */
function all(root, context) {
  const { store, want } = context;
  const place = h('div', { class: 'stack' }, waiting());
  fill(root, place);
  const shown = list('Services', (/** @type {any} */ one) => one.name, (one) => service(context, one), 'administration-service');
  const stops = [want('administration/services'), store.watch('administration/services', (value) => {
    if (!value) return fill(place, waiting());
    if (value.services.length === 0) return fill(place, empty('This node has no services.'));
    if (!place.contains(shown.element)) fill(place, shown.element);
    shown.show(value.services);
  })];
  return () => { for (const stop of stops) stop(); };
}

/** @param {Context} context @param {any} one @returns {any} */
function service(context, one) {
  const { api, go } = context;
  const act = (/** @type {string} */ command) => api.once('administration', command, { service: one.name });
  const stops = one.eachSession ? 'Every session’s own ends, with what it has in memory.' : 'It ends for everybody, with what it has in memory. It starts again when somebody asks for it.';
  const isUp = one.instances.length > 0;
  return [line([
    h('div', { class: 'row' }, h('strong', {}, one.label || one.name), h('span', { class: 'mono quiet' }, one.name), badge(one.state === 'givenUp' ? 'given up' : one.state, STATES[one.state] ?? ''), badge(one.eachSession ? 'one for each session' : 'shared')),
    one.reason && h('p', { class: 'small' }, one.reason),
    one.instances.length > 0 && h('ul', { class: 'administration-instances' }, one.instances.map(instance)),
    h('details', { class: 'small' }, h('summary', { 'data-test': 'service-confinement', 'data-key': one.name }, 'Confinement'),
      h('p', { class: 'row' }, one.confinement.map((/** @type {string} */ how) => badge(how))), one.missing.length > 0 && h('p', { class: 'warn' }, `Not on this machine: ${one.missing.join(', ')}`)),
  ], [
    button({ label: 'Log', test: 'service-log', key: one.name, kind: 'small', run: () => go(`administration/services/${encodeURIComponent(one.name)}`) }),
    !one.eachSession && !isUp && button({ label: 'Start', test: 'service-start', key: one.name, kind: 'small', run: () => act('startService') }),
    isUp && button({ label: 'Stop', test: 'service-stop', key: one.name, kind: 'small danger', run: () => confirm({ title: `Stop ${one.label || one.name}?`, text: stops, action: 'Stop', test: 'service-stop-confirm', run: () => act('stopService') }) }),
    !one.eachSession && isUp && button({ label: 'Restart', test: 'service-restart', key: one.name, kind: 'small danger', run: () => confirm({ title: `Restart ${one.label || one.name}?`, text: 'It ends for everybody, with what it has in memory, and starts again at once.', action: 'Restart', test: 'service-restart-confirm', run: () => act('restartService') }) }),
  ])];
}

/** @param {any} one @returns {any} */
function instance(one) {
  const processes = one.processes.map((/** @type {any} */ { name, running, memoryBytes, cpuMs }) => `${name}: ${running ? `${Math.round(memoryBytes / 1048576)} MiB, ${(cpuMs / 1000).toFixed(1)} s of processor time` : 'ended'}`);
  return h('li', { class: 'small quiet' }, 'since ', ago(one.startedAtMs), one.restarts > 0 && `, started again ${one.restarts} times`, ` · ${processes.join(' · ')}`);
}

/** @param {HTMLElement} root @param {Context} context @param {string} name */
function log(root, context, name) {
  const { store, want, go } = context;
  const topic = `administration/log/${name}`;
  const place = h('div', {}, waiting());
  const rows = h('ol', { class: 'administration-log mono', tabindex: '0', 'aria-label': `What ${name} says` });
  const draw = each(rows, (/** @type {any} */ row) => String(row.sequence), (row) => h('li', { class: row.stream, 'data-test': 'service-line' },
    h('span', { class: 'quiet' }, moment(row.atMs)), h('span', { class: 'quiet' }, row.stream === 'node' ? 'node' : row.process), h('span', {}, row.text)));
  fill(root, h('div', { class: 'administration-line' }, h('h2', { class: 'grow' }, name), button({ label: 'All services', test: 'administration-back', icon: 'back', run: () => go('administration/services') })), h('section', { class: 'panel' }, place, rows));
  const stops = [want(topic), store.watch(topic, (value) => {
    if (!value) return fill(place, waiting());
    const isAtEnd = rows.scrollHeight - rows.scrollTop - rows.clientHeight < 40;
    fill(place, value.rows.length === 0 && empty('It has said nothing yet; what it says appears here.'));
    draw(value.rows);
    if (isAtEnd) rows.scrollTop = rows.scrollHeight;
  })];
  return () => { for (const stop of stops) stop(); };
}
