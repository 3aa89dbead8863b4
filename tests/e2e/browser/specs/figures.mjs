// What the workspace costs and how fast it is. `node run.mjs figures` prints it; nothing here fails for being slow.

import { readFileSync } from 'node:fs';

export const plan = { crosses: true };

const MESSAGES = Number(process.env.CAPOS_FIGURES ?? 40);
const TYPED = Number(process.env.CAPOS_FIGURES ?? 40);
const SPAN = 4000;

export default async (t) => {
  const { page } = t;
  await paint(t);
  await bundle(t);
  await t.signIn(page, 'alice');
  const bob = await t.person();
  await t.signIn(bob, 'bob');
  await chat(t, page, bob);
  await terminal(t, page);
};

/** The first picture, and the workspace, each on a browser that knows nothing. */
async function paint(t) {
  const firsts = [];
  const shown = [];
  const least = [];
  const usable = [];
  for (let round = 0; round < 5; round += 1) {
    const fresh = await t.person();
    await t.by(fresh, 'account').waitFor();
    const took = await t.until(() => fresh.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime), 'it is painted');
    firsts.push(took);
    // The sign-in asks for its ways as soon as it is there.
    shown.push(await fresh.evaluate(() => performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/api/welcome'))?.startTime));
    await t.by(fresh, 'account').fill('carol');
    await t.by(fresh, 'password').fill(t.accounts.find((one) => one.name === 'carol').password);
    const began = performance.now();
    await t.click(fresh, 'sign-in');
    await fresh.locator('main[data-view] *').first().waitFor();
    usable.push(performance.now() - began);
    await t.click(fresh, 'sign-out');
    await fresh.context().close();
    least.push(await word(t));
  }
  t.note('first paint, ms', spread(firsts));
  t.note('until the sign-in can be used, ms', spread(shown));
  t.note('first paint of a page with one word, ms: what the browser takes by itself', spread(least));
  t.note('from the password to a usable workspace, ms (the slow hash of the password included)', spread(usable));
}

/** The first picture of a page with one word, on a browser that knows nothing. */
async function word(t) {
  const context = await t.browser.newContext();
  const page = await context.newPage();
  await page.goto(new URL('/healthz', t.node.url).href);
  const took = await t.until(() => page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime), 'it is painted');
  await context.close();
  return took;
}

/** What a browser is sent before there is anything to do. */
async function bundle(t) {
  const page = await (await fetch(t.node.url)).text();
  const [, prefix] = /(\/bundle\/[^/]+)\//.exec(page);
  const manifest = await (await fetch(new URL('/bundle/manifest.json', t.node.url))).json();
  const names = JSON.stringify(manifest).match(/[\w./-]+\.(js|css|svg|html)/g).filter((name, at, all) => all.indexOf(name) === at);
  let [plain, packed] = [0, 0];
  const { request } = await import('node:http');
  const size = (path, encoding) => new Promise((done, fail) => {
    request(new URL(path, t.node.url), { headers: { 'accept-encoding': encoding } }, (answer) => {
      let bytes = 0;
      answer.on('data', (data) => { bytes += data.length; });
      answer.on('end', () => done(answer.statusCode === 200 ? bytes : 0));
    }).on('error', fail).end();
  });
  for (const name of names) {
    const path = name.startsWith('/') ? name : `${prefix}/${name}`;
    plain += await size(path, 'identity');
    packed += await size(path, 'br');
  }
  t.note('the bundle', `${names.length} files, ${(packed / 1024).toFixed(0)} KiB compressed, ${(plain / 1024).toFixed(0)} KiB as it is`);
}

/** From the key that sends a message in one browser until it is in the page of another. */
async function chat(t, alice, bob) {
  for (const [who, page] of [['alice', alice], ['bob', bob]]) {
    await page.evaluate(() => { location.hash = '#/chat'; });
    await t.by(page, 'chat-channel', '[data-key="lobby"]').click();
    await t.by(page, 'chat-join-handle').last().fill(who);
    await t.by(page, 'chat-join').last().click();
    await t.by(page, 'chat-input').waitFor();
  }
  await alice.evaluate(() => addEventListener('keydown', () => { window.pressed = performance.timeOrigin + performance.now(); }, true));
  await bob.evaluate(() => {
    window.arrived = {};
    new MutationObserver(() => {
      for (const [word] of (document.querySelector('[data-test="chat-log"]')?.textContent ?? '').matchAll(/figure-\d+-end/g)) window.arrived[word] ??= performance.timeOrigin + performance.now();
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  const took = [];
  for (let number = 0; number < MESSAGES; number += 1) {
    const word = `figure-${number}-end`;
    await t.by(alice, 'chat-input').fill(word);
    await alice.keyboard.press('Enter');
    const sent = await alice.evaluate(() => window.pressed);
    const arrived = await t.until(() => bob.evaluate((one) => window.arrived[one], word), `${word} arrives`);
    took.push(arrived - sent);
    await new Promise((done) => setTimeout(done, 300));
  }
  t.note('a message by one, seen by another, ms', spread(took));
}

/** From a key until its letter is in the page; and what a terminal costs that never stops. */
async function terminal(t, page) {
  await page.evaluate(() => { location.hash = '#/terminals'; });
  const rows = async () => (await page.locator('.terminal-row').allTextContents()).filter((row) => row.trim());
  const prompt = () => t.until(async () => /\$ *$/.test((await rows()).at(-1) ?? ''), 'a prompt');
  await t.click(page, 'terminal-open');
  await page.locator('.terminal-pane.focused').waitFor();
  await prompt();
  await page.keyboard.type('echo taking; cat\n');
  await t.until(async () => (await rows()).some((row) => /^taking\s*$/.test(row)), 'it takes what is typed');
  await page.evaluate(() => {
    window.keyed = 0;
    window.echoes = [];
    addEventListener('keydown', () => { window.keyed = performance.now(); }, true);
    new MutationObserver(() => { if (window.keyed) { window.echoes.push(performance.now() - window.keyed); window.keyed = 0; } })
      .observe(document.querySelector('.terminal-grid'), { childList: true, subtree: true, characterData: true });
  });
  for (let number = 0; number < TYPED; number += 1) {
    await page.keyboard.press('x');
    await new Promise((done) => setTimeout(done, 120));
  }
  t.note('echo of a key in a terminal, ms', spread(await page.evaluate(() => window.echoes)));
  await page.keyboard.press('Control+c');
  // What is typed while an interrupt is on its way is dropped by the terminal.
  await prompt();
  await page.keyboard.type('yes\n');
  await t.until(async () => (await page.locator('.terminal-row').allTextContents()).filter((row) => row.trim() === 'y').length > 5, 'it runs');
  await new Promise((done) => setTimeout(done, 1500));
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  const busy = async () => (await cdp.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
  const [shell] = t.node.processes('bundled-service shell');
  const used = async () => ({ node: processor(t.node.pid), shell: processor(shell), page: await busy() });
  const before = await used();
  await new Promise((done) => setTimeout(done, SPAN));
  const after = await used();
  const shares = ['node', 'shell', 'page'].map((who) => `${who} ${share(after[who] - before[who])}`);
  t.note('a terminal that runs `yes`, share of a processor', shares.join(', '));
  await page.keyboard.press('Control+c');
}

function share(milliseconds) {
  return `${(milliseconds / SPAN * 100).toFixed(0)} %`;
}

/** Processor time of a process so far, in milliseconds: a tick is 10. */
function processor(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function spread(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]?.toFixed(1);
  return `p50 ${at(0.5)}, p99 ${at(0.99)} of ${sorted.length}`;
}
