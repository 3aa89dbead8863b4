// What every spec stands on: a real node, a real browser, and what holds for every page whatever a spec does.
//
// A spec is a file in `specs/` with `export default async (t) => { … }`. It has
//   t.node                      the node: `url`, `data`, `pid`, `admin(args, input)`, `kill()`, `stop()`, `restart()`,
//                               `processes(word)` (pids of its processes whose command line has the word),
//                               `kept(service)` (the texts of the files that a service keeps)
//   await t.person(options, url)  a page in a browser of its own (another person); `t.page` is the first one. It asks the
//                               node, or that `url`
//   await t.window(page)        another window of the same browser
//   t.beside(words)             the program, run beside the node with these words (`Beside`); it goes with the spec
//   await t.signIn(page, name)  signs in as `alice` (operator), `bob` or `carol` (users); see ACCOUNTS
//   t.by(page, test, more)      the element with that `data-test`; `more` is further CSS
//   await t.click(page, test)   clicks a button; anything else that clicks it counts too
//   await t.until(what, ms)     waits until `what()` is true
//   await t.shots(page, name)   pictures in every theme, wide and narrow, and the accessibility check in each theme
//   t.mayFail(pattern)          a line of the console that is expected (a refused request, a killed node)
//   t.act(page, area, command, given)   has a part of the workspace do something, as the page would
//   t.call(page, on, method, arguments)   calls a method of a grant (`{ grant: name }`) and gives the raw result
//   t.mayBreak(pattern)         a fault that the spec brings about, whenever it is told
//   t.note(what, value)         a figure to print; `t.soon(what, began)` prints how long it took, which is not long
//   t.mayTell(path, marker)     what else no browser may be sent is what was asked for there
//   t.mayHide(test, why)        a button that the spec need not click, with the reason
// A spec has the name of a view, or `signin`, and clicks every button of that; others are their own specs' business.
// A spec whose `plan` says that it `crosses` the views need not click all their buttons: those of the views do.
// With `CAPOS_BROWSER_LATE=400` in its environment, a run has answers come up to so many milliseconds late, at random.
// At the end of a spec it fails where the page broke its policy, wrote an unexpected error to the console, asked another
// origin, was sent what no browser may have, or showed a button that nobody clicked.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const here = import.meta.dirname;
export const MODULES = process.env.CAPOS_BROWSER_MODULES ?? resolve(here, '../../../target/browser-node/node_modules');
const load = createRequire(join(MODULES, 'here.js'));
const { chromium } = load('playwright-core');
const AXE = readFileSync(join(MODULES, 'axe-core/axe.min.js'), 'utf8');
const PROGRAM = process.env.CAPOS_BIN ?? resolve(here, '../../../target/debug/capos');
/** Up to how many milliseconds late, at random, what the server says arrives: it finds what relies on an order. */
const LATE = Number(process.env.CAPOS_BROWSER_LATE ?? 0);
export const OUTPUT = process.env.CAPOS_BROWSER_OUTPUT ?? resolve(here, '../../../target/browser');

/** Who there is on every spec's node: name, profile and password. */
export const ACCOUNTS = [
  { name: 'alice', profile: 'operator', password: 'a password that alice has' },
  { name: 'bob', profile: 'user', password: 'a password that bob has' },
  { name: 'carol', profile: 'user', password: 'a password that carol has' },
];
export const THEMES = ['space', 'mountain', 'light', 'operator'];
/** How long anything is waited for, in milliseconds: a machine that is busy is no fault of the page. */
export const PATIENCE = 60000;
/** What took longer was not told at once, in milliseconds: it was found by a clock, as everything is sooner or later. */
const SOON = 20000;
export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 360, height: 740 };

/** A node of its own, in a directory of its own. */
export class Node {
  constructor(plan = {}) {
    this.plan = plan;
    this.directory = mkdtempSync(join(tmpdir(), 'capos-browser-'));
    this.data = join(this.directory, 'data');
    this.rpc = '127.0.0.1:0';
    this.web = '127.0.0.1:0';
    this.log = '';
  }

  /** Runs `capos admin` on its data, while it does not run. */
  admin(words, input = '') {
    return execFileSync(PROGRAM, ['admin', '--data', this.data, ...words], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** The first start makes the data and the operator; then there are the others. */
  async start() {
    if (!existsSync(this.data)) {
      const [operator, ...others] = ACCOUNTS;
      await this.launch(['--operator', operator.name, '--operator-password-stdin', '--web', 'off'], `${operator.password}\n`);
      await this.stop();
      for (const { name, profile, password } of others) {
        this.admin(['account', 'add', name, '--profile', profile, '--password-stdin'], `${password}\n`);
      }
      await this.plan.prepare?.(this);
    }
    await this.launch(['--web', this.web]);
    this.web = this.ready.web[0];
    this.rpc = this.ready.rpc[0];
    this.url = `http://${this.web}/`;
    this.pid = this.ready.pid;
    return this;
  }

  async launch(more, input = '') {
    const config = join(this.directory, 'capos.toml');
    writeFileSync(config, this.plan.config?.(this) ?? '');
    const ready = join(this.directory, 'ready');
    rmSync(ready, { force: true });
    const words = ['up', '--config', config, '--data', this.data, '--rpc', this.rpc, '--ready-file', ready, ...more];
    this.process = spawn(PROGRAM, words, { stdio: ['pipe', 'pipe', 'pipe'], cwd: this.directory });
    this.process.stdin.end(input);
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (text) => { this.log += text; });
    this.ended = new Promise((done) => this.process.once('exit', done));
    await until(() => existsSync(ready) || this.process.exitCode !== null, 'the node is ready');
    if (this.process.exitCode !== null) throw new Error(`the node did not start:\n${this.log}`);
    this.ready = JSON.parse(readFileSync(ready, 'utf8'));
  }

  /** What a service keeps of its own, by file. */
  kept(service) {
    const home = join(this.data, 'services', service, 'home');
    const files = existsSync(home) ? readdirSync(home) : [];
    return files.map((name) => {
      try { return readFileSync(join(home, name), 'utf8'); } catch { return ''; /* it was replaced meanwhile */ }
    });
  }

  /** The pids below it whose command line, with its name, has that word. */
  processes(word = '') {
    const found = [];
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const stat = readFileSync(`/proc/${pid}/status`, 'utf8');
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        if (descends(Number(pid), this.pid) && `${stat.split('\n')[0]} ${line}`.includes(word)) found.push(Number(pid));
      } catch { /* it has ended meanwhile */ }
    }
    return found;
  }

  /** Ends every process below it whose command line has that word; some go with others. */
  killAll(word) {
    for (const pid of this.processes(word).filter((one) => one !== this.pid)) {
      try { process.kill(pid, 'SIGKILL'); } catch { /* it went with another */ }
    }
  }

  async kill() {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  async stop() {
    if (this.process?.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGTERM');
      const slow = setTimeout(() => this.process.kill('SIGKILL'), PATIENCE);
      await this.ended;
      clearTimeout(slow);
    }
  }

  /** Starts it again, on the same addresses. */
  async restart() {
    await this.stop();
    return this.start();
  }

  /** It is over: nobody needs the grace that sessions have, which ends when it is told once more. */
  async end() {
    const before = this.log.length;
    const stopped = this.stop();
    const hasEnded = () => this.process?.exitCode !== null || this.process.signalCode !== null;
    await until(() => hasEnded() || this.log.slice(before).includes('stopping in '));
    if (!hasEnded()) this.process.kill('SIGTERM');
    await stopped;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The program, run beside a node: for what leads to one. Its home is a directory of its own. */
export class Beside {
  constructor(words, home) {
    this.said = '';
    this.told = '';
    const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_RUNTIME_DIR: home, XDG_STATE_HOME: home };
    // In a session of its own, without a terminal: nobody there is asked anything.
    this.process = spawn(PROGRAM, words, { stdio: ['ignore', 'pipe', 'pipe'], cwd: home, env, detached: true });
    this.process.stdout.on('data', (text) => { this.said += text; });
    this.process.stderr.on('data', (text) => { this.told += text; });
    this.ended = new Promise((done) => this.process.once('exit', done));
  }

  /** The first line that it says, as JSON. */
  async answer() {
    await until(() => this.said.includes('\n') || this.process.exitCode !== null, 'the program answers');
    if (!this.said.includes('\n')) throw new Error(`it ended without an answer:\n${this.told}`);
    return JSON.parse(this.said.split('\n')[0]);
  }

  /** Ends it, and gives its exit code. */
  async stop(signal = 'SIGTERM') {
    const { exitCode, signalCode } = this.process;
    if (exitCode !== null || signalCode !== null) return exitCode;
    this.process.kill(signal);
    return this.ended;
  }
}

/** A button once it is not at work: one that is takes no click. */
function idle(page, button) {
  return button.and(page.locator(':not([data-busy])'));
}

function descends(pid, ancestor) {
  for (let at = pid; at > 1;) {
    if (at === ancestor) return true;
    const stat = readFileSync(`/proc/${at}/stat`, 'utf8');
    at = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  }
  return false;
}

/** Waits until `what()` gives something true, and gives it. */
export async function until(what, why = String(what)) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await what();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${PATIENCE} ms in vain: ${why}`);
    await sleep(10);
  }
}

/** Everything that one spec has. */
export class Trial {
  constructor(name, plan = {}) {
    this.name = name;
    this.node = new Node(plan);
    this.faults = [];
    this.expected = [];
    // It is there whenever the line is not, which a busy machine may bring about: a spec of its own clicks it.
    this.hidden = new Map([['lost-retry', 'it comes and goes with the line']]);
    this.seen = new Map();
    this.clicked = new Set();
    this.bodies = [];
    this.output = join(OUTPUT, name);
    this.until = until;
    this.accounts = ACCOUNTS;
    this.crosses = plan.crosses ?? false;
    this.own = new Set();
    this.others = [];
    this.told = [];
    this.notes = [];
    this.wanted = [];
  }

  async begin() {
    mkdirSync(this.output, { recursive: true });
    await this.node.start();
    this.browser = await chromium.launch({
      executablePath: process.env.CAPOS_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-breakpad', '--no-crash-upload'],
      timeout: 3 * PATIENCE,
    });
    this.page = await this.person();
  }

  /** Another person: a browser of their own, with the page open. */
  async person(options = {}, url = this.node.url) {
    const context = await this.browser.newContext({ viewport: WIDE, locale: 'en-GB', timezoneId: 'UTC', ...options });
    context.setDefaultTimeout(PATIENCE);
    await context.exposeBinding('__clicked', (_, test) => { this.clicked.add(test); });
    await context.exposeBinding('__seen', (_, tests) => {
      for (const [test, where] of tests) if (!this.seen.has(test)) this.seen.set(test, where);
    });
    await context.exposeBinding('__violated', (_, what) => { this.faults.push(`the page broke its policy: ${what}`); });
    await context.addInitScript(watchButtons);
    if (LATE) await context.addInitScript(delayAnswers, LATE);
    return this.window(null, context, url);
  }

  /** Another window of the same browser. */
  async window(page, context = page.context(), url = this.node.url) {
    const opened = await context.newPage();
    this.own.add(new URL(url).host);
    opened.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') this.complain(`console: ${line.text()} ${line.location().url}`);
    });
    opened.on('pageerror', (error) => this.complain(`an error nobody caught: ${error.stack ?? error}`));
    opened.on('request', (request) => {
      const url = new URL(request.url());
      if (['http:', 'https:'].includes(url.protocol) && !this.own.has(url.host)) this.faults.push(`it asked another origin: ${url}`);
    });
    opened.on('response', (response) => this.keep(response));
    await opened.goto(url);
    return opened;
  }

  /** Runs the program beside the node. */
  beside(words) {
    const home = join(this.node.directory, 'beside');
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const beside = new Beside(words, home);
    this.others.push(beside);
    return beside;
  }

  /** Everything that a browser was sent, with its class. Streams are kept by who reads them: see `watchButtons`. */
  async keep(response) {
    const path = new URL(response.url()).pathname;
    if (path === '/api/events' || path.startsWith('/bundle/')) return;
    const body = await response.text().catch(() => '');
    this.bodies.push({ path, status: response.status(), headers: JSON.stringify(response.headers()), body });
  }

  complain(line) {
    if (!this.expected.some((pattern) => pattern.test(line))) this.faults.push(line);
  }

  note(what, value) {
    this.notes.push([what, value]);
  }

  /** A figure again: since when what is said at once, within a second on an idle machine, was to be said. */
  soon(what, began) {
    const took = Date.now() - began;
    this.note(what, took);
    if (took > SOON) throw new Error(`${what}: ${took} ms`);
  }

  /** Has a part of the workspace do something, as the page would. */
  async act(page, area, command, given) {
    return page.evaluate(async ([path, body]) => {
      const headers = { 'content-type': 'application/json', 'x-csrf-token': sessionStorage.getItem('token') ?? '' };
      const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      return JSON.parse(text);
    }, [`/api/do/${area}/${command}`, given]);
  }

  /** Calls a method as the page would, and gives the whole result as text. */
  async call(page, on, method, given) {
    const call = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const result = await this.act(page, 'capset', 'call', { on, method, arguments: given, call });
    return result.result ? (await this.act(page, 'capset', 'raw', { result: result.result })).json : JSON.stringify(result);
  }

  mayFail(pattern) {
    this.expected.push(pattern);
  }

  mayBreak(pattern) {
    this.wanted.push(pattern);
  }

  /** Under that path a marker is what was asked for. */
  mayTell(path, marker) {
    this.told.push(`${path} ${marker}`);
  }

  mayHide(test, why) {
    this.hidden.set(test, why);
  }

  by(page, test, more = '') {
    return page.locator(`[data-test="${test}"]${more}`);
  }

  async click(page, test, more = '') {
    await idle(page, this.by(page, test, more).first()).click();
  }

  async signIn(page, name) {
    const account = ACCOUNTS.find((one) => one.name === name);
    await this.by(page, 'account').fill(account.name);
    await this.by(page, 'password').fill(account.password);
    await this.click(page, 'sign-in');
    const choice = this.by(page, 'profile', `[data-key="${account.profile}"]`);
    await choice.or(this.by(page, 'sign-out')).first().waitFor({ state: 'attached' });
    // Who may be more than one thing is asked as what.
    if (await choice.count()) await choice.click();
    await this.by(page, 'sign-out').waitFor({ state: 'attached' });
  }

  /** Pictures in every theme at both widths, and what an accessibility checker says in every theme. */
  async shots(page, name) {
    const before = await page.evaluate(() => document.documentElement.dataset.theme);
    // What is under the pointer looks different, and changes while it is looked at.
    await page.mouse.move(0, 0);
    for (const theme of THEMES) {
      await page.evaluate((chosen) => { document.documentElement.dataset.theme = chosen; }, theme);
      for (const [width, size] of [['wide', WIDE], ['narrow', NARROW]]) {
        await page.setViewportSize(size);
        await page.evaluate(settled);
        await page.screenshot({ path: join(this.output, `${name}-${theme}-${width}.png`), animations: 'disabled' });
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (over > 1) this.faults.push(`${name} is ${over} px wider than a ${width} window (${theme})`);
      }
      await page.setViewportSize(WIDE);
      await page.evaluate(settled);
      await this.axe(page, `${name} (${theme})`);
    }
    await page.evaluate((chosen) => { document.documentElement.dataset.theme = chosen; }, before);
  }

  async axe(page, name) {
    // Evaluated by the debugger, which the page's policy does not hold up.
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    for (const { id, impact, help, nodes } of violations) {
      if (impact === 'serious' || impact === 'critical') {
        const where = nodes.slice(0, 5).map((node) => `${node.target.join(' ')} ${node.any?.[0]?.message ?? ''}`).join('; ');
        this.faults.push(`accessibility of ${name}: ${id} (${impact}): ${help}: ${where}`);
      }
    }
  }

  /** What no browser may be sent. */
  markers() {
    const { pid, data, directory, log: _, ready } = this.node;
    return [
      String(data), String(directory), ready.rpc[0], ready.nodeId, `/run/user`, 'capos.sock', `"pid"`, `:${pid}`,
      'sessionId', 'principalId', 'processHandle', 'capSlot', 'capabilityManager', 'exportId', 'importId', '"$cap"',
      ...ACCOUNTS.map(({ password }) => password),
    ];
  }

  sweep() {
    for (const { path, status, headers, body } of this.bodies) {
      for (const marker of this.markers()) {
        if (marker && !this.told.includes(`${path} ${marker}`) && `${headers}\n${body}`.includes(marker)) this.faults.push(`${path} (${status}) sent ${JSON.stringify(marker)}`);
      }
    }
  }

  async end(failed) {
    let number = 0;
    for (const context of this.browser?.contexts() ?? []) {
      for (const page of context.pages()) {
        const streams = await page.evaluate(() => window.__heard ?? '').catch(() => '');
        this.bodies.push({ path: '/api/events', status: 200, headers: '', body: streams });
        if (failed) await page.screenshot({ path: join(this.output, `failed-${number}.png`) }).catch(() => {});
        number += 1;
      }
    }
    await this.browser?.close();
    for (const other of this.others) await other.stop('SIGKILL');
    await this.node.end();
    this.faults = this.faults.filter((fault) => !this.wanted.some((pattern) => pattern.test(fault)));
    if (failed) return;
    this.sweep();
    for (const [test, where] of this.seen) {
      if (!this.crosses && where === this.name && !this.clicked.has(test) && !this.hidden.has(test)) this.faults.push(`nobody clicked the button ${test} (${where})`);
    }
  }
}

/** Runs in a page: waits until it stands still. */
async function settled() {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const ends = document.getAnimations().filter((one) => one.playState === 'running' && one.effect?.getComputedTiming().iterations !== Infinity).map((one) => one.finished);
  await Promise.race([Promise.allSettled(ends), new Promise((done) => setTimeout(done, 10000))]);
}

/**
 * Runs in every page: what the server says arrives late, each piece by another time, so that answers and news overtake
 * each other as they do on a slow machine.
 */
function delayAnswers(longest) {
  const plain = window.fetch;
  const wait = () => new Promise((done) => setTimeout(done, Math.random() * longest));
  window.fetch = async (...given) => {
    const answer = await plain(...given);
    await wait();
    if (!answer.body) return answer;
    const later = new TransformStream({ async transform(piece, to) { await wait(); to.enqueue(piece); } });
    return new Response(answer.body.pipeThrough(later), { status: answer.status, headers: answer.headers });
  };
}

/** Runs in every page: notes which buttons are to be seen and which are clicked, and what the stream of events said. */
function watchButtons() {
  const named = (element) => element.closest('[data-test]')?.getAttribute('data-test') ?? `(without a name: ${element.textContent?.slice(0, 40)})`;
  const isVisible = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? true;
  addEventListener('click', (event) => {
    const button = event.target instanceof Element && event.target.closest('button, [role=button]');
    if (button) window.__clicked(named(button));
  }, true);
  addEventListener('securitypolicyviolation', (event) => window.__violated(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
  const told = new Set();
  const look = () => {
    const found = [];
    for (const button of document.querySelectorAll('main button, main [role=button], dialog button')) {
      const name = named(button);
      if (!told.has(name) && !button.disabled && button.getAttribute('aria-disabled') !== 'true' && isVisible(button)) {
        told.add(name);
        found.push([name, document.querySelector('main[data-view]')?.getAttribute('data-view') ?? 'signin']);
      }
    }
    if (found.length) window.__seen(found);
  };
  setInterval(look, 50);
  // What it puts on the clipboard, which it may not read itself.
  addEventListener('copy', (event) => { window.__copied = event.clipboardData?.getData('text/plain'); });
  const write = navigator.clipboard?.writeText.bind(navigator.clipboard);
  if (write) navigator.clipboard.writeText = async (text) => { await write(text); window.__copied = text; };
  window.__heard = '';
  const plain = window.fetch;
  window.fetch = async (...given) => {
    const answer = await plain(...given);
    if (!String(given[0]).startsWith('/api/events') || !answer.body) return answer;
    const [one, two] = answer.body.tee();
    (async () => {
      const text = new TextDecoder();
      for (const reader = two.getReader(); ;) {
        const { value, done } = await reader.read().catch(() => ({ done: true }));
        if (done) return;
        window.__heard = (window.__heard + text.decode(value, { stream: true })).slice(-4_000_000);
      }
    })();
    return new Response(one, { status: answer.status, headers: answer.headers });
  };
}
