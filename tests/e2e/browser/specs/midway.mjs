// What is cut in the middle: a file that is sent or saved, a call, a listener. Each by the network, the service, the node and an administrator.

import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';

export const plan = { crosses: true };

const SIZE = 2_000_000;
/** So much of a file goes through before a line is held. */
const PART = 200_000;

export default async (t) => {
  const line = await new Line(t.node).open();
  try {
    t.mayFail(/status of (40[0-9]|429|50[0-9])|ERR_|Failed to fetch|network error/);
    const page = await t.person({}, line.url);
    await t.signIn(t.page, 'alice');
    await t.signIn(page, 'bob');
    const form = new Form(t, page, line);
    await sending(t, form);
    await saving(t, form);
    await calling(t, form);
    await listening(t, form);
  } finally {
    line.close();
  }
};

/** A file on its way to a call. */
async function sending(t, form) {
  const { page, line } = form;
  await form.open('shell/run');
  await form.fill('script', 'wc -c');
  await t.click(page, 'struct-give', '[data-key="options"]');
  await t.by(page, 'bytes-way').selectOption('file');
  await t.by(page, 'argument-file').setInputFiles({ name: 'large.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(SIZE, 'ab ') });
  const broken = page.locator('.problem', { hasText: 'did not reach the node whole' });
  const begun = async () => { const stuck = line.hold('up'); await t.click(page, 'method-call'); await stuck; };

  await begun();
  line.freeze();
  await form.soon('network frozen until a file that is sent is told to be cut', broken.waitFor());
  line.release();
  await t.until(async () => !await t.by(page, 'lost').isVisible(), 'it is live again');
  await form.gives(SIZE);

  // The service needs none of it until the call is made.
  await begun();
  t.node.killAll('shell');
  line.release();
  await t.by(page, 'output-under-way').waitFor({ state: 'detached' });
  await form.gives(SIZE);

  await begun();
  await form.ended(t, 'A file that was being sent did not arrive whole', async () => {
    await t.act(t.page, 'administration', 'endAccount', { account: 'bob', reason: 'in the middle of a file' });
  });
  // What was filled in is there again, with the file.
  await form.again(t);
  if (await form.argument('script').inputValue() !== 'wc -c') throw new Error('what was filled in is gone');
  await form.gives(SIZE);

  await begun();
  await t.node.kill();
  line.cut();
  await form.soon('node killed until a file that is sent is told to be cut', broken.waitFor());
  await t.node.start();
  await t.by(page, 'ended').waitFor();
  await t.by(t.page, 'ended').waitFor();
  await t.signIn(t.page, 'alice');
  await form.again(t);
  await form.gives(SIZE);
}

/** A result on its way to a file. */
async function saving(t, form) {
  const { page, line } = form;
  let saved = 0;
  page.on('download', () => { saved += 1; });
  await t.click(page, 'method-empty');
  await form.fill('script', `head -c ${SIZE} /dev/zero | tr '\\0' x`);
  await t.click(page, 'struct-give', '[data-key="options"]');
  await form.argument('options.bytes').check();
  await form.fill('options.maxOutput', String(SIZE + 1));
  const make = async () => { await t.click(page, 'method-call'); await t.by(page, 'bytes-save').first().waitFor(); };
  await make();
  const broken = page.locator('.problem', { hasText: 'did not come whole' });
  const begun = async () => { const stuck = line.hold('down'); await t.by(page, 'bytes-save').first().click(); await stuck; };
  const whole = async () => {
    const [download] = await Promise.all([page.waitForEvent('download',), t.by(page, 'bytes-save').first().click()]);
    if (readFileSync(await download.path()).length !== SIZE) throw new Error('the file that was saved is not whole');
  };

  await begun();
  line.freeze();
  await form.soon('network frozen until a file that is saved is told to be cut', broken.waitFor());
  line.release();
  await t.until(async () => !await t.by(page, 'lost').isVisible(), 'it is live again');
  await whole();

  // What is saved is the node's by then, not the service's.
  await begun();
  t.node.killAll('shell');
  const [download] = await Promise.all([page.waitForEvent('download',), line.release()]);
  if (readFileSync(await download.path()).length !== SIZE) throw new Error('the file that was saved is not whole');

  const before = saved;
  await begun();
  await form.ended(t, 'A file that was being saved did not come whole', async () => {
    await t.act(t.page, 'administration', 'endAccount', { account: 'bob', reason: 'in the middle of a file' });
  });
  line.release();
  await form.again(t);
  await make();
  if (saved !== before) throw new Error('a file was saved after the end of its session');

  await begun();
  await t.node.kill();
  line.cut();
  await form.soon('node killed until a file that is saved is told to be cut', broken.waitFor());
  if (saved !== before) throw new Error('a part of a file was saved');
  await t.node.start();
  await t.by(page, 'ended').waitFor();
  await t.by(t.page, 'ended').waitFor();
  await form.again(t);
}

/** A call whose service ends. */
async function calling(t, form) {
  const { page } = form;
  await form.open('shell/run');
  await t.click(page, 'method-empty');
  await form.fill('script', 'echo ready');
  await form.gives('ready');
  await form.fill('script', 'sleep 600');
  await t.click(page, 'method-call');
  await t.by(page, 'output-under-way').waitFor();
  await t.until(() => t.node.processes('sleep').length > 0, 'it sleeps');
  t.node.killAll('shell');
  await form.soon('service killed until its call is told to have failed', t.by(page, 'output').first().locator('.problem').waitFor());
  await form.fill('script', 'echo still there');
  await form.gives('still there');
}

/** A listener whose service ends: what was heard stays, and it is not said to listen any more. */
async function listening(t, form) {
  const { page } = form;
  await form.open('chat/subscribe');
  await form.argument('listener').selectOption('listener');
  await form.gives('ChatSubscription');
  await form.open('chat/join');
  await form.fill('channel', 'lobby');
  await form.gives('true');
  await page.goto(`${form.line.url}#/capset`);
  const chip = page.locator('[data-test="chip"]', { hasText: 'listens' });
  await chip.locator('[data-test="chip-open"]').click();
  await t.by(page, 'heard-call').first().waitFor();
  const silent = t.by(page, 'heard-silent');
  if (await silent.isVisible()) throw new Error('it is said to hear nothing');
  t.node.killAll('chat');
  await form.soon('service killed until its listener is told to be silent', silent.waitFor({ state: 'visible' }));
  await t.by(page, 'heard-call').first().waitFor();
  await t.axe(page, 'a listener that hears nothing more');
  await page.goto(`${form.line.url}#/capset`);
  await page.locator('[data-test="chip"]', { hasText: 'let go of' }).waitFor();

  // Given again, it hears again.
  await form.open('chat/subscribe');
  await form.gives('ChatSubscription');
  await page.goto(`${form.line.url}#/capset`);
  await chip.locator('[data-test="chip-open"]').click();
  await t.by(page, 'heard').waitFor();
  await silent.waitFor({ state: 'hidden' });
}

/** The form of a method, as bob has it. */
class Form {
  constructor(t, page, line) {
    Object.assign(this, { t, page, line });
  }

  async open(path) {
    await this.page.goto(`${this.line.url}#/capset/${path}`);
    await this.t.by(this.page, 'method-open', `[aria-current="page"][data-key="${path.split('/')[1]}"]`).waitFor();
    await this.t.by(this.page, 'method-call').waitFor();
  }

  argument(key) {
    return this.t.by(this.page, 'argument', `[data-key="${key}"]`);
  }

  fill(key, text) {
    return this.argument(key).fill(text);
  }

  /** Makes the call, until it gives that: a service that was ended is started again by whoever needs it. */
  async gives(wanted) {
    const says = async () => (await this.t.by(this.page, 'output').first().innerText().catch(() => '')).includes(String(wanted));
    await this.t.until(async () => {
      for (const clear of await this.t.by(this.page, 'outputs-clear').all()) await clear.click();
      await this.t.click(this.page, 'method-call');
      await this.page.locator('.capset-output').first().waitFor();
      await this.t.until(async () => await this.t.by(this.page, 'output-under-way').count() === 0, 'no call is under way');
      return says();
    }, `it gives ${wanted}`);
  }

  async soon(what, done) {
    const began = Date.now();
    await done;
    this.t.soon(what, began);
  }

  /** The session ends, and the sign-in says what that left undone. */
  async ended(t, words, end) {
    await end();
    const ended = t.by(this.page, 'ended');
    await this.soon('session ended in the middle of a file until the page says so', ended.waitFor());
    if (!(await ended.textContent()).includes(words)) throw new Error(await ended.textContent());
    this.line.release();
  }

  /** Signs in again, to the form that was there. */
  async again(t) {
    await t.signIn(this.page, 'bob');
    await t.by(this.page, 'method-call').waitFor();
  }
}

/** The line between a browser and the node, which can be held in the middle of something, frozen and cut. */
class Line {
  constructor(node) {
    this.node = node;
    this.pairs = new Set();
    this.isFrozen = false;
  }

  async open() {
    this.server = createServer((near) => this.carry(near));
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.server.address().port}/`;
    return this;
  }

  carry(near) {
    const [host, port] = this.node.web.split(':');
    const far = connect(Number(port), host);
    const pair = [near, far];
    this.pairs.add(pair);
    const gone = () => { this.pairs.delete(pair); for (const one of pair) one.destroy(); };
    for (const [from, to, way] of [[near, far, 'up'], [far, near, 'down']]) {
      from.on('data', (bytes) => { to.write(bytes); this.count(from, way, bytes.length); });
      from.on('end', () => to.end());
      from.on('error', gone);
      from.on('close', () => { to.end(); if (near.closed && far.closed) this.pairs.delete(pair); });
      if (this.isFrozen) from.pause();
    }
  }

  count(from, way, bytes) {
    if (this.held?.way !== way) return;
    this.held.seen.set(from, (this.held.seen.get(from) ?? 0) + bytes);
    if (this.held.seen.get(from) < PART) return;
    from.pause();
    this.held.stuck();
  }

  /** From now on what is large stops in the middle that way; what is given says when. */
  hold(way) {
    return new Promise((stuck) => { this.held = { way, stuck, seen: new Map() }; });
  }

  freeze() {
    this.isFrozen = true;
    for (const pair of this.pairs) for (const one of pair) one.pause();
  }

  release() {
    this.isFrozen = false;
    this.held = undefined;
    for (const pair of this.pairs) for (const one of pair) one.resume();
  }

  cut() {
    this.release();
    for (const pair of this.pairs) for (const one of pair) one.destroy();
  }

  close() {
    this.cut();
    this.server.close();
  }
}
