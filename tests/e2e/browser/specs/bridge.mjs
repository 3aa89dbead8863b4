// A bridge: the workspace on a person's own machine, in front of a node elsewhere. Which node that is, whose the bridge
// is, and what is said when the one or the other goes.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const plan = { crosses: true };

export default async (t) => {
  t.mayFail(/status of (4\d\d|50\d)|ERR_|Failed to fetch|network error/);
  t.mayTell('/api/endpoint', t.node.ready.rpc[0]);
  const first = t.beside(['--json', 'web', '--listen', '0', t.node.ready.rpc[0]]);
  const { url, node } = await first.answer();
  if (node !== t.node.ready.rpc[0]) throw new Error(`it says that it leads to ${node}`);
  const ann = await t.person({}, url);
  await whichNode(t, ann);
  await atWork(t, ann);
  const ben = await t.person({}, url);
  await whoseItIs(t, ann, ben);
  await aNodeThatGoes(t, ben, first);
  await aBridgeThatGoes(t, ben, first, url);
};

/** A key that nobody has compared is shown, another node can be chosen, and a node itself has nothing to choose. */
async function whichNode(t, page) {
  const { rpc, fingerprint } = t.node.ready;
  await t.by(page, 'endpoint-fingerprint').filter({ hasText: fingerprint }).waitFor();
  await t.shots(page, 'stranger');
  await t.click(page, 'endpoint-copy');
  await t.until(async () => await page.evaluate(() => window.__copied) === fingerprint);
  if (existsSync(known(t))) throw new Error('it was taken for known before anybody said so');

  // Nothing leaves for it before that.
  if (await t.by(page, 'password').isVisible()) throw new Error('one can sign in to a node that nobody has confirmed');
  const wish = { method: 'password', account: 'bob', password: t.accounts.find(({ name }) => name === 'bob').password, profile: '' };
  const refusal = await page.evaluate(async (body) => (await fetch('/api/sign-in', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text(), JSON.stringify(wish));
  if (!refusal.includes('identityUnconfirmed')) throw new Error(`a sign-in was begun: ${refusal}`);

  await t.click(page, 'endpoint-refuse');
  await t.by(page, 'endpoint-input').fill('127.0.0.1:1');
  await t.click(page, 'endpoint-use');
  await page.locator('.endpoint .problem').filter({ hasText: 'cannot be reached' }).waitFor();
  await t.by(page, 'endpoint-input').fill('not a node');
  await page.keyboard.press('Enter');
  await page.locator('.endpoint .problem').filter({ hasNotText: 'cannot be reached' }).waitFor();
  await t.by(page, 'endpoint-input').fill(rpc[0]);
  await t.click(page, 'endpoint-use');
  const { asked, answer } = await late(page);
  await t.click(page, 'endpoint-trust');
  await t.by(page, 'endpoint').filter({ hasText: rpc[0] }).waitFor();
  await t.until(() => existsSync(known(t)));
  await asked;
  await t.click(page, 'endpoint-change');
  // What is told of the node that there is takes nothing from whoever is typing another.
  await t.by(page, 'endpoint-input').fill('half an addr');
  await answer();
  if (await t.by(page, 'endpoint-input').inputValue() !== 'half an addr') throw new Error('what was typed is gone');
  await t.shots(page, 'another-node');
  await t.click(page, 'endpoint-keep');
  await t.by(page, 'endpoint').waitFor();

  await t.by(t.page, 'ways').waitFor();
  if (await t.page.locator('[data-test^="endpoint"]').count()) throw new Error('a node lets one choose another');
}

/** Holds back what the page is told next about its node: `asked`, once it has asked; `answer` waits until it knows. */
async function late(page) {
  const isAbout = (request) => request.method() === 'GET' && request.url().endsWith('/api/endpoint');
  let come = () => {};
  const held = new Promise((done) => { come = done; });
  const asked = page.waitForRequest(isAbout);
  await page.route('**/api/endpoint', async (route) => { if (isAbout(route.request())) await held; await route.continue(); });
  const answer = async () => {
    const answered = page.waitForResponse((response) => isAbout(response.request()));
    come();
    await (await answered).finished();
    await page.unroute('**/api/endpoint');
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  };
  return { asked, answer };
}

function known(t) {
  return join(t.node.directory, 'beside/config/capos/known_nodes');
}

/** All of it goes through: words to somebody at the node itself, and a terminal there. */
async function atWork(t, page) {
  await t.signIn(page, 'alice');
  await t.signIn(t.page, 'carol');
  for (const [one, name] of [[page, 'Alice'], [t.page, 'Carol']]) {
    await t.click(one, 'rail-chat');
    await t.click(one, 'chat-first');
    await t.by(one, 'chat-join-handle').fill(name);
    await t.click(one, 'chat-join');
    await t.by(one, 'chat-own').filter({ hasText: name }).waitFor();
  }
  for (const [from, to, words] of [[page, t.page, 'over the bridge'], [t.page, page, 'and back']]) {
    await t.by(from, 'chat-input').fill(words);
    await t.by(from, 'chat-input').press('Enter');
    await t.by(to, 'chat-text').filter({ hasText: words }).waitFor();
  }
  await t.click(page, 'rail-terminals');
  await t.click(page, 'terminal-open');
  const row = (words) => page.locator('.terminal-row').filter({ hasText: words }).first();
  await row(/\$ *$/).waitFor();
  await page.keyboard.type('echo $((6 * 7)) bridges\n');
  await row('42 bridges').waitFor();
}

/** One browser has it. The next is told what to do, and comes in once the first has gone. */
async function whoseItIs(t, first, second) {
  const refused = async (where) => { await where.filter({ hasText: 'in use by another browser' }).filter({ hasText: 'Sign out there' }).waitFor(); };
  await t.by(second, 'account').fill('bob');
  await t.by(second, 'password').fill('a password that bob has');
  await t.click(second, 'sign-in');
  await refused(t.by(second, 'problem'));
  await t.shots(second, 'in-use');
  // Nor does it choose the node that the first one talks to.
  await t.click(second, 'endpoint-change');
  await t.click(second, 'endpoint-use');
  await refused(second.locator('.endpoint .problem'));
  await t.click(second, 'endpoint-keep');
  await t.by(first, 'rail-session').waitFor();

  await t.click(first, 'sign-out');
  await t.by(first, 'account').waitFor();
  await t.signIn(second, 'bob');
  await t.by(second, 'rail-session').waitFor();
}

/** The page says that something is gone. */
async function saysSo(page) {
  await page.locator(':is([data-test="ended"], [data-test="lost"], [data-test="unreachable"]):visible').first().waitFor();
}

/** The page and whoever started the bridge are told; afterwards one signs in again, where one was. */
async function aNodeThatGoes(t, page, bridge) {
  await t.node.kill();
  const began = Date.now();
  await saysSo(page);
  t.soon('node killed until the page at the bridge says so', began);
  await t.by(page, 'unreachable').filter({ hasText: /cannot be reached|not there yet/ }).waitFor();
  await t.shots(page, 'node-gone');
  await t.until(() => /is gone|cannot be reached/.test(bridge.told), 'the bridge tells that the node is gone');
  await t.node.start();
  await t.by(page, 'unreachable').waitFor({ state: 'detached' });
  await t.until(() => bridge.told.includes('answers again'), 'the bridge tells that the node is back');
  await t.signIn(page, 'bob');
  await t.by(page, 'rail-session').waitFor();
}

/** A bridge that was stopped ends as it should, and the next one goes on; one that is killed is missed at once. */
async function aBridgeThatGoes(t, page, first, url) {
  const code = await first.stop();
  if (code !== 0) throw new Error(`a bridge that was told to stop ended with ${code}: ${first.told}`);
  await saysSo(page);
  const next = t.beside(['--json', 'web', '--listen', new URL(url).port, t.node.ready.rpc[0]]);
  await next.answer();
  await t.by(page, 'account').waitFor();
  await t.by(page, 'unreachable').waitFor({ state: 'detached' });
  await t.by(page, 'endpoint').waitFor();
  await t.signIn(page, 'bob');
  await next.stop('SIGKILL');
  const began = Date.now();
  await t.by(page, 'lost').waitFor({ state: 'visible' });
  t.soon('bridge killed until the page says so', began);
}
