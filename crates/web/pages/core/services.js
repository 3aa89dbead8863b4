// What the cards of services say, and in which order they stand. No DOM here.

/**
 * @typedef {{name: string, interface: string, lent: boolean, moved: boolean, held: 'yes' | 'no' | 'other'}} Requirement
 * @typedef {{name: string, interface: string, opens: string, held: boolean}} Export
 * @typedef {{action: string, sinceMs: number, steps: {label: string, state: 'done' | 'now' | 'later'}[]}} Work
 * @typedef {{id: string, label: string, summary: string, state: string, processes: string[], requires: Requirement[], exports: Export[], work: Work | null}} Service
 * @typedef {{name: string, interface: string, summary: string, opens: string, expiresAtMs: number | null}} Grant
 * @typedef {{listed: boolean, mayLaunch: boolean, problem: any, services: Service[], grants: Grant[]}} Services
 * @typedef {{key: string, kind: 'service', use: Use, service: Service, mayLaunch: boolean}} ServiceCard
 * @typedef {{key: string, kind: 'grant', use: Use, grant: Grant}} GrantCard
 * @typedef {'now' | 'launch' | 'no'} Use whether something can be used now, or once it is launched, or not at all
 */

/** @type {Record<string, {word: string, kind: 'good' | 'bad' | 'warn' | '', says: string}>} */
const STATES = {
  running: { word: 'running', kind: 'good', says: 'It runs, and this session uses it.' },
  attachable: { word: 'runs for others', kind: '', says: 'It runs; this session can join it.' },
  startable: { word: 'not started', kind: '', says: 'It starts when it is launched.' },
  granted: { word: 'starts when used', kind: '', says: 'This session has it; it starts when it is first used.' },
  unavailable: { word: 'unavailable', kind: 'bad', says: 'This node cannot start it. Probe it to see why.' },
};

/** What is said of a service's state. @param {Service} service */
export function stateOf(service) {
  const isGranted = service.state === 'startable' && service.exports.some((one) => one.held);
  return STATES[isGranted ? 'granted' : service.state] ?? { word: service.state, kind: '', says: '' };
}

/** @param {Service} service @returns {Use} */
export function useOf(service) {
  if (service.state === 'running' || service.exports.some((one) => one.held)) return service.state === 'unavailable' ? 'no' : 'now';
  return service.state === 'unavailable' ? 'no' : 'launch';
}

/** Where a service is used: the richest view of what the session has of it. @param {Service} service */
export function openOf(service) {
  const held = service.exports.filter((one) => one.held && one.interface !== 'ChatModeration');
  const rank = (/** @type {Export} */ one) => (one.opens.startsWith('capset/') ? 2 : Number(one.opens.startsWith('services/')));
  return held.sort((one, other) => rank(one) - rank(other))[0]?.opens ?? '';
}

/** What a service asks this session for, and the session does not have. @param {Service} service */
export function missing(service) {
  return service.requires.filter((one) => one.lent && one.held !== 'yes');
}

/** @type {Use[]} */
const ORDER = ['now', 'launch', 'no'];

/**
 * The cards that answer every word of a query, those first that can be used now.
 * @param {Services} view @param {string} query @param {string} which `all`, or a use @returns {(ServiceCard | GrantCard)[]}
 */
export function cards(view, query, which) {
  /** @type {(ServiceCard | GrantCard)[]} */
  const all = [
    ...view.services.map((service) => /** @type {ServiceCard} */ ({ key: `s:${service.id}`, kind: 'service', use: useOf(service), service, mayLaunch: view.mayLaunch })),
    ...view.grants.map((grant) => /** @type {GrantCard} */ ({ key: `g:${grant.name}`, kind: 'grant', use: 'now', grant })),
  ];
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = all.filter((card) => (which === 'all' || card.use === which) && words.every((word) => textOf(card).includes(word)));
  return chosen.sort((one, other) => ORDER.indexOf(one.use) - ORDER.indexOf(other.use) || (one.kind < other.kind ? 1 : -1) * Number(one.kind !== other.kind));
}

/** @param {ServiceCard | GrantCard} card */
function textOf(card) {
  if (card.kind === 'grant') return `${card.grant.name} ${card.grant.interface} ${card.grant.summary}`.toLowerCase();
  const { service } = card;
  const names = [...service.exports, ...service.requires].map((one) => `${one.name} ${one.interface}`).join(' ');
  return `${service.id} ${service.label} ${service.summary} ${stateOf(service).word} ${names}`.toLowerCase();
}

/** How many there are of each use. @param {Services} view */
export function counts(view) {
  const all = cards(view, '', 'all');
  return { all: all.length, ...Object.fromEntries(ORDER.map((use) => [use, all.filter((card) => card.use === use).length])) };
}
