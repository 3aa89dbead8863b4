// What the calls of one method gave, newest first.

import { milliseconds } from '../../../core/latency.js';
import { counted, duration } from '../../../core/words.js';
import { each, fill, h } from '../../element.js';
import { badge, button, dialog, copy, problem, when } from '../../parts.js';
import { tree } from './tree.js';

/** @param {HTMLElement} root @param {import('../capset.js').Given} given @param {string} at @param {any} method @returns {() => void} */
export function outputList(root, given, at, method) {
  const { outputs } = given;
  const head = h('div', { class: 'split' });
  const list = h('div', { class: 'stack', role: 'log', 'aria-label': 'Results' });
  const frame = h('section', { class: 'panel stack', 'aria-label': `What ${method.name} gave` }, head, list);
  fill(root, frame);
  const show = each(list, (output) => `${output.call} ${output.under}`, (output) => entry(given, at, method, output));
  const stop = outputs.watch(look);
  look();
  return stop;

  function look() {
    const all = outputs.of(at);
    frame.hidden = all.length === 0;
    fill(head, h('h2', {}, method.streaming ? 'Sent' : 'Results'), all.some((one) => !one.under) && button({ label: 'Clear', test: 'outputs-clear', kind: 'small plain', run: () => outputs.clear(at) }));
    show(all);
    const last = all[0];
    if (last && !last.under) given.announce(last.error ? `${method.name} failed: ${last.error.message}` : `${method.name} is done.`);
  }
}

/** @param {import('../capset.js').Given} given @param {string} at @param {any} method @param {import('../../../core/capset/outputs.js').Output} output */
function entry(given, at, method, output) {
  if (output.under) return underWay(output);
  const { error, reply } = output;
  const took = length(reply?.tookMs ?? output.took ?? 0);
  const foot = [when(output.began), took, reply && reply.withheld > 0 && `${counted(reply.withheld, 'value')} that no browser is sent`].filter(Boolean);
  return h('article', { class: 'capset-output', 'data-test': 'output' },
    h('div', { class: 'split small' }, h('span', { class: 'row' }, error ? badge(error.code, 'bad') : badge(method.streaming ? 'sent' : 'ok', 'good'), foot.map((one) => h('span', { class: 'quiet' }, one))),
      h('span', { class: 'row' }, reply && button({ label: 'JSON', test: 'output-raw', kind: 'small plain', run: () => raw(given, reply.result) }),
        button({ label: 'Remove', test: 'output-remove', bare: true, icon: 'close', run: () => given.outputs.remove(at, output) }))),
    error ? problem(error) : !method.streaming && tree(given, reply.value, { result: reply.result }));
}

/** @param {import('../../../core/capset/outputs.js').Output} output */
function underWay(output) {
  const time = h('span', { class: 'quiet' });
  const tick = () => { fill(time, length(Date.now() - output.began)); };
  const timer = setInterval(() => { if (time.isConnected) tick(); else clearInterval(timer); }, 200);
  tick();
  return h('article', { class: 'capset-output', 'data-test': 'output-under-way' }, h('div', { class: 'split' },
    h('span', { class: 'waiting' }, 'Under way, ', time), button({ label: 'Cancel', test: 'output-cancel', kind: 'small', run: () => output.cancel() })));
}

/** @param {number} ms */
function length(ms) {
  return ms < 10000 ? milliseconds(ms) : duration(ms);
}

/** A result as JSON. @param {any} given @param {string} result */
export async function raw(given, result) {
  const { json, cut } = await given.api.act('capset', 'raw', { result });
  dialog({
    title: 'The result as JSON', wide: true, cancel: 'Close',
    body: h('div', { class: 'stack' }, cut && h('p', { class: 'note' }, 'It is long: this is its beginning.'), h('pre', { class: 'capset-dump', tabindex: '0', 'data-test': 'raw-json' }, json), h('div', { class: 'row' }, copy(json, 'raw-copy'))),
  });
}
