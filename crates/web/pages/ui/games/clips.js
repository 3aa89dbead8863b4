// How a game of paperclips stands, how it came there, and what can be done next.

import { command, groups, obstacle } from '../../core/commands.js';
import { clock, line, money, number, rates } from '../../core/figures.js';
import { commandForm } from '../commands.js';
import { each, fill, h } from '../element.js';
import { badge, button, empty, waiting } from '../parts.js';
import { outcome } from './outcome.js';

/** Commands that have a place of their own. */
const ELSEWHERE = new Set(['status', 'projects', 'project']);
/** @type {Record<string, string>} */
const GROUPS = { hands: 'By hand', trade: 'Trade', machines: 'Machines', thinking: 'Thinking', sky: 'Sky', looking: 'The game' };
const CHART = [160, 36];

/** @param {HTMLElement} root @param {import('../views.js').Context} context @returns {() => void} */
export function clips(root, context) {
  const unwant = context.want('paperclips/game');
  const said = outcome('paperclips-said');
  const run = async (/** @type {any} */ spec, /** @type {any[]} */ args) => {
    const came = await context.api.once('paperclips', 'invoke', { command: spec.name, arguments: args });
    said.say(came);
  };
  const stage = h('span', { 'data-test': 'paperclips-stage' });
  const heading = h('div', { class: 'toolbar' }, h('h1', { tabindex: '-1' }, 'Paperclips'), stage);
  const parts = [counters(), controls(run), projects(run), events()];
  let drawn = false;
  const stop = context.store.watch('paperclips/game', show);
  return () => { stop(); unwant(); };

  /** @param {any} game */
  function show(game) {
    if (!game?.status) {
      drawn = false;
      return fill(root, heading, waiting('The game is being looked at…'));
    }
    if (!drawn) {
      const [first, second, third, last] = parts.map(({ element }) => element);
      fill(root, heading, h('div', { class: 'stack' }, first, said, second, h('div', { class: 'clips' }, third, last)));
      drawn = true;
    }
    fill(stage, badge(game.status.stage), ' ', game.status.stalled && badge('the machines stand still', 'warn'), game.status.over && badge('everything is clips', 'good'));
    for (const part of parts) part.show(game);
  }
}

/** What is counted, with how it came to that. */
function counters() {
  const element = h('section', { class: 'counters', 'aria-label': 'Counters' });
  const show = each(element, ({ name }) => name, (one) => counter(one));
  return { element, show: (/** @type {any} */ game) => show(counted(game)) };

  /** @param {any} one */
  function counter(one) {
    const value = h('strong', { 'data-test': `paperclips-${one.name}` });
    const more = h('span', { class: 'quiet small' });
    const path = h('path', { d: '' });
    const chart = h('svg', { class: 'chart', viewBox: `-1 -1 ${CHART[0] + 2} ${CHART[1] + 2}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, path);
    const root = h('div', { class: 'panel counter' }, h('span', { class: 'quiet' }, one.title), value, more, chart);
    draw(one);
    return { element: root, show: draw };

    /** @param {any} now */
    function draw(now) {
      value.textContent = now.value;
      more.textContent = now.more ?? '';
      chart.toggleAttribute('hidden', !now.line);
      if (now.line) path.setAttribute('d', line(now.line, CHART[0], CHART[1]));
    }
  }
}

/** @param {any} game */
function counted({ status, samples }) {
  const of = (/** @type {string} */ name) => samples.map((/** @type {any} */ sample) => sample[name]);
  const pace = rates(samples, (sample) => sample.made);
  const perSecond = pace.slice(-10).reduce((sum, one) => sum + one, 0) / Math.max(1, Math.min(10, pace.length));
  const priced = (/** @type {number} */ amount) => money(amount, status);
  const hand = status.handMs > 0 ? `the next by hand in ${(status.handMs / 1000).toFixed(1)} s` : '';
  const optional = (/** @type {string} */ name, /** @type {string} */ title, /** @type {number | null} */ value) => value !== null && { name, title, value: number(value) };
  return [
    { name: 'made', title: 'Clips made', value: number(status.made), more: hand || `${number(perSecond)} a second`, line: pace },
    { name: 'stock', title: 'In stock', value: number(status.stock), more: `${number(status.sold)} sold`, line: of('stock') },
    { name: 'wire', title: 'Wire', value: number(status.wire), more: `${number(status.bundleSize)} for ${priced(status.bundlePrice)}`, line: of('wire') },
    { name: 'funds', title: 'Funds', value: priced(status.funds), more: `${priced(status.price)} a clip`, line: of('funds') },
    { name: 'demand', title: 'Demand', value: `${number(status.demand)} %`, more: `marketing ${number(status.marketing)}`, line: of('demand') },
    status.trust > 0 && { name: 'operations', title: 'Operations', value: number(status.operations), more: `of ${number(status.capacity)}; trust ${number(status.trust)}`, line: of('operations') },
    optional('design', 'Design', status.design), optional('strategy', 'Strategy', status.strategy),
    optional('autoclippers', 'Autoclippers', status.autoclippers), optional('drones', 'Drones', status.drones),
    optional('factories', 'Factories', status.factories), optional('probes', 'Probes', status.probes),
    optional('local-matter', 'Matter within reach', status.localMatter), optional('cosmic-matter', 'Matter beyond', status.cosmicMatter),
  ].filter(Boolean);
}

/** What can be done. @param {(spec: any, args: any[]) => any} run */
function controls(run) {
  const element = h('section', { class: 'cards', 'aria-label': 'Controls' });
  let price = 0;
  const show = each(element, ({ name }) => name, (group) => section(group));
  return { element, show: (/** @type {any} */ game) => { price = game.status.price; show(groups((game.menu?.commands ?? []).filter((/** @type {any} */ { name }) => !ELSEWHERE.has(name)))); } };

  /** @param {{name: string, commands: any[]}} group */
  function section(group) {
    const forms = h('div', { class: 'stack tight' });
    const all = each(forms, (/** @type {any} */ { name }) => name, (spec) => form(spec));
    all(group.commands);
    return { element: h('section', { class: 'card', 'aria-label': GROUPS[group.name] ?? group.name }, h('h2', {}, GROUPS[group.name] ?? group.name), forms), show: (/** @type {any} */ now) => all(now.commands) };
  }

  /** @param {any} spec */
  function form(spec) {
    return commandForm(spec, { run, compact: true, test: `paperclips-${spec.name}`, kind: spec.name === 'make' ? 'primary' : 'small', initial: { cents: price } });
  }
}

/** @param {(spec: any, args: any[]) => any} run */
function projects(run) {
  const open = h('div', { class: 'cards' });
  const nothing = empty('No project is in sight yet. They come with clips, trust and thought.');
  const done = h('p', { class: 'quiet small' });
  const element = h('section', { 'aria-label': 'Projects' }, h('h2', {}, 'Projects'), nothing, open, done);
  const list = each(open, ({ id }) => id, (one) => card(one));
  return { element, show };

  /** @param {any} game */
  function show({ projects: all, menu }) {
    const spec = command(menu, 'project');
    const why = spec ? obstacle(spec) : 'Nothing can be carried out now.';
    const rows = all ?? [];
    const left = rows.filter((/** @type {any} */ { state }) => state !== 'done');
    nothing.hidden = left.length > 0;
    list(left.map((/** @type {any} */ project) => ({ ...project, why: project.state === 'ready' ? why : `It takes ${project.cost}.` })));
    const finished = rows.filter((/** @type {any} */ { state }) => state === 'done').map((/** @type {any} */ { label }) => label);
    fill(done, finished.length > 0 && `Done: ${finished.join(', ')}.`);
  }

  /** @param {any} project */
  function card(project) {
    const state = h('span', {});
    const carry = button({ label: 'Carry out', test: 'paperclips-project', key: project.id, kind: 'primary small', run: () => run({ name: 'project' }, [{ name: 'id', value: project.id }]) });
    const cost = h('p', { class: 'small quiet' });
    const root = h('article', { class: 'card', 'data-test': 'paperclips-card', 'data-key': project.id },
      h('div', { class: 'split' }, h('h3', {}, project.label), state), h('p', {}, project.description), cost, h('div', { class: 'row' }, carry));
    let before = '';
    draw(project);
    return { element: root, show: draw };

    /** @param {any} now */
    function draw(now) {
      const next = `${now.state} ${now.why} ${now.cost}`;
      if (next === before) return;
      before = next;
      fill(state, now.state === 'ready' ? badge('ready', 'good') : badge('not yet'));
      fill(cost, `Takes ${now.cost}.`);
      carry.disable(now.state === 'ready' ? now.why : 'Something is missing yet.');
    }
  }
}

/** What happened lately, newest first. */
function events() {
  const rows = h('ol', { class: 'events', tabindex: '0', 'aria-label': 'Recent events' });
  const nothing = h('p', { class: 'quiet' }, 'Nothing has happened by itself yet.');
  const element = h('section', { class: 'panel', 'aria-label': 'Recent events' }, h('h2', {}, 'Lately'), nothing, rows);
  const list = each(rows, ({ sequence }) => String(sequence), ({ gameMs, label, detail }) => ({
    element: h('li', {}, h('span', { class: 'mono small quiet' }, clock(gameMs)), ' ', h('strong', {}, label), ' ', h('span', { class: 'quiet' }, detail)), show: () => {},
  }));
  return { element, show };

  /** @param {any} game */
  function show({ status }) {
    nothing.hidden = status.events.length > 0;
    list([...status.events].reverse());
  }
}
