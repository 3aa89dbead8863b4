// CapSet: every method of every grant as a form, what calls give, and what can be done with that.

import { readFileSync } from 'node:fs';

export default async (t) => {
  const { page } = t;
  // Refused calls, which the page shows.
  t.mayFail(/status of (400|403|404|409|429|502)/);
  t.mayHide('password-show', 'it is of the sign-in');
  await page.context().grantPermissions(['clipboard-write']);
  await t.signIn(page, 'bob');
  const view = new View(t, page);
  await table(t, view);
  await simple(t, view);
  await places(t, view);
  await values(t, view);
  await hostile(t, view);
  await files(t, view);
  await cancelled(t, view);
  await listening(t, view);
  await chips(t, view);
  await withheld(t, view);
  await keyboard(t, view);
  await pictures(t, view);
  await released(t, view);
};

/** What a person does in the view. */
class View {
  constructor(t, page) {
    Object.assign(this, { t, page });
  }

  by(test, key) {
    return this.t.by(this.page, test, key === undefined ? '' : `[data-key="${key}"]`);
  }

  async go(path) {
    await this.page.goto(`${this.t.node.url}#/capset${path ? `/${path}` : ''}`);
  }

  async open(path) {
    await this.go(path);
    // The form of another method may still be there.
    await this.by('method-open', path.split('/').at(-1)).and(this.page.locator('[aria-current="page"]')).waitFor();
    await this.by('method-call').waitFor();
  }

  async fill(key, text) {
    await this.by('argument', key).fill(text);
  }

  /** Makes the call, and gives what came. */
  async call() {
    const before = await this.page.locator('.capset-output').count();
    await this.t.click(this.page, 'method-call');
    await this.t.until(async () => await this.page.locator('.capset-output').count() > before);
    await this.by('output-under-way').waitFor({ state: 'detached' });
    return this.output();
  }

  output() {
    return this.by('output').first();
  }

  async says(text, where = this.output()) {
    await this.t.until(async () => (await where.innerText()).includes(text), `it says ${text}`);
  }
}

async function table(t, view) {
  const { page } = view;
  await t.by(page, 'rail-capset').click();
  await view.by('capset-grant', 'system_info').waitFor();
  const row = view.by('capset-grant', 'system_info');
  await view.says('SystemInfo', row);
  await view.says('The node\'s public face.', row);
  await view.says('session', row);
  await view.by('capset-search').fill('motd');
  await t.until(async () => await view.by('capset-grant').count() === 1);
  await view.by('capset-search').fill('nothing is called like this');
  await t.click(page, 'capset-search-clear');
  await t.until(async () => await view.by('capset-grant').count() > 3);
}

async function simple(t, view) {
  const { page } = view;
  await view.by('capset-open', 'system_info').click();
  await view.by('method-open', 'hostname').click();
  await view.by('method-results').click();
  await view.says('name', await view.call());
  await t.click(page, 'output-raw');
  await view.by('raw-json').waitFor();
  const json = await view.by('raw-json').innerText();
  if (JSON.parse(json).name === undefined) throw new Error(json);
  await t.click(page, 'raw-copy');
  await t.until(async () => await page.evaluate(() => window.__copied) === json);
  await t.click(page, 'dialog-cancel');
  await t.click(page, 'output-remove');
  await view.output().waitFor({ state: 'detached' });
  await view.call();
  await t.click(page, 'outputs-clear');
  await view.output().waitFor({ state: 'detached' });
  await view.call();
  await view.by('capset-back').click();
  await view.says('3', view.by('capset-grant', 'system_info'));
}

/** What is wrong is told where it is. */
async function places(t, view) {
  const { page } = view;
  await view.open('manual/page');
  await view.fill('name', 'capos');
  await view.fill('section', '300');
  await t.click(page, 'method-call');
  const problem = page.locator('[data-path="section"] > .problem');
  await view.says('from 0 to 255', problem);
  await t.until(() => page.evaluate(() => document.activeElement?.getAttribute('data-key') === 'section'));
  await view.fill('section', '1');
  const output = await view.call();
  await view.says('## Commands', output);
  await output.locator('[data-test="tree-unfold"]').first().click();
  await output.locator('[data-test="tree-copy"]').first().click();
  await view.fill('name', 'no such page');
  await view.says('badRequest', await view.call());
  await t.click(page, 'method-empty');
  await t.until(async () => await view.by('argument', 'name').inputValue() === '');
}

/** Every kind of argument that the shell's methods have. */
async function values(t, view) {
  const { page } = view;
  await view.open('shell/exec');
  await view.fill('command', 'printf');
  for (const [at, text] of ['%s|%s|%s\\n', 'one <b>', 'two', 'three'].entries()) {
    await view.by('row-add', 'args').click();
    await view.fill(`args[${at}]`, text);
  }
  await view.by('row-remove', 'args[2]').click();
  await view.by('row-add', 'args').click();
  await view.fill('args[3]', 'four');
  await view.by('struct-give', 'options').click();
  await view.by('struct-leave', 'options').click();
  await view.by('struct-give', 'options').click();
  await view.by('row-add', 'options.env').click();
  await view.fill('options.env[0].name', 'A');
  await view.by('row-remove', 'options.env[0]').click();
  await view.by('list-leave', 'options.env').click();
  await view.by('argument', 'options.bytes').check();
  await view.fill('options.timeout', '10000');
  const output = await view.call();
  await view.says('one <b>|three|four', output);
  await view.says('true', output);
  await t.until(async () => await page.locator('main b').count() === 0);
}

/** Whatever a program writes is shown, and does nothing. */
async function hostile(t, view) {
  const { page } = view;
  await view.open('shell/run');
  await view.fill('script', String.raw`printf '<img src=x onerror=alert(1)>\033]0;title\007\033[2J\342\200\256evil\n'`);
  const output = await view.call();
  await view.says('<img src=x onerror=alert(1)>', output);
  await view.says('would act on whoever shows them', output);
  const text = await output.innerText();
  if (/[\u001b\u0007\u202e]/.test(text)) throw new Error(`what acts was shown: ${JSON.stringify(text)}`);
  if (await page.locator('main img').count()) throw new Error('markup was taken for markup');
  await view.fill('script', 'head -c 1200000 /dev/zero | tr "\\0" x');
  await view.by('struct-give', 'options').click();
  await view.fill('options.maxOutput', '2000000');
  const large = await view.call();
  await view.says('the first of', large);
  await large.locator('[data-test="tree-unfold"]').first().click();
  await large.locator('[data-test="tree-more"]').first().click();
  await t.until(async () => (await large.innerText()).length > 60000);
}

async function files(t, view) {
  const { page } = view;
  await view.open('shell/run');
  await t.click(page, 'method-empty');
  await view.fill('script', 'cat; printf \' %s\' "$(id -un >/dev/null; echo done)"');
  await view.by('struct-give', 'options').click();
  await view.by('bytes-way', 'options.stdinData').selectOption('hex');
  await view.fill('options.stdinData', '6f 6e 65');
  await view.says('one done', await view.call());
  await view.by('bytes-way', 'options.stdinData').selectOption('file');
  const large = Buffer.alloc(100_000, 'ab ');
  await view.by('argument-file', 'options.stdinData').setInputFiles({ name: 'large.txt', mimeType: 'text/plain', buffer: large });
  await view.says('large.txt, 98 KiB', page.locator('[data-path="options.stdinData"]'));
  await view.fill('script', 'wc -c');
  await view.says('100000', await view.call());
  // Once more: a file goes anew with each call.
  await view.says('100000', await view.call());
  await view.fill('script', 'cat');
  await view.by('argument', 'options.bytes').check();
  await view.fill('options.maxOutput', '200000');
  const output = await view.call();
  await output.locator('[data-test="bytes-as"]').first().selectOption('hex');
  await view.says('000000  61 62 20', output);
  await output.locator('[data-test="tree-more"]').first().click();
  const [download] = await Promise.all([page.waitForEvent('download'), output.locator('[data-test="bytes-save"]').first().click()]);
  const saved = readFileSync(await download.path());
  if (!saved.equals(large)) throw new Error(`${saved.length} bytes were saved, not those that were written`);
}

async function cancelled(t, view) {
  const { page } = view;
  await view.open('shell/run');
  await t.click(page, 'method-empty');
  await view.fill('script', 'sleep 60');
  await t.click(page, 'method-call');
  await view.by('output-under-way').waitFor();
  await t.until(async () => /\d (ms|s)/.test(await view.by('output-under-way').innerText()), 'it says for how long');
  await t.click(page, 'output-cancel');
  await view.says('cancelled', view.output());
  await view.fill('script', 'echo still there');
  await view.says('still there', await view.call());
}

async function listening(t, view) {
  const { page } = view;
  await view.open('chat/join');
  await view.fill('channel', 'lobby');
  await view.says('true', await view.call());
  await view.open('chat/subscribe');
  await view.by('argument', 'listener').selectOption('listener');
  await view.says('ChatSubscription', await view.call());
  await view.go('');
  await page.locator('[data-test="chip"]:has-text("listens") [data-test="chip-open"]').click();
  await view.by('heard').waitFor();
  const heard = page.url();
  const other = await t.window(page);
  await other.goto(`${t.node.url}#/capset/chat/send`);
  const second = new View(t, other);
  await second.by('method-open', 'send').and(other.locator('[aria-current="page"]')).waitFor();
  await second.fill('channel', 'lobby');
  await second.fill('text', 'heard <i>live</i>');
  await second.says('true', await second.call());
  await view.says('heard <i>live</i>', view.by('heard'));
  if (page.url() !== heard) throw new Error('it went elsewhere');
  await t.shots(page, 'capset-heard');
  await other.close();
}

async function chips(t, view) {
  const { page } = view;
  await view.open('terminal/open');
  await view.by('row-add', 'options.command').click();
  await view.fill('options.command[0]', 'cat');
  await view.by('struct-give', 'options.size').click();
  await view.fill('options.size.columns', '40');
  await view.fill('options.size.rows', '5');
  const opened = await view.call();
  await opened.locator('[data-test="chip-open"]').first().click();
  // A stream takes a piece with each call.
  await view.by('method-open', 'input').click();
  await view.fill('data', 'piece one\n');
  await view.says('sent', await view.call());
  await view.fill('data', 'piece two\n');
  await view.call();
  await t.until(async () => await view.by('output').count() === 2);
  await view.by('method-open', 'scrollback').click();
  await view.by('method-open', 'info').click();
  await view.says('columns', await view.call());
  // As something that it is not: the form follows, and what serves it refuses.
  await t.click(page, 'chip-cast');
  await view.by('chip-cast-name').fill('CommandSurface');
  await t.click(page, 'chip-cast-use');
  await view.by('method-open', 'invoke').click();
  await view.by('row-add', 'arguments').click();
  await view.by('choice', 'arguments[0].value').selectOption('integer');
  await view.fill('arguments[0].value.integer', '-9223372036854775808');
  await t.click(page, 'method-call');
  await page.locator('.capset-output .problem').waitFor();
  await t.click(page, 'chip-cast');
  await view.by('chip-cast-name').fill('Nothing of that name');
  await t.click(page, 'chip-cast-use');
  await page.locator('dialog .problem').waitFor();
  await t.click(page, 'dialog-cancel');
  await view.by('chip-release').first().click();
  await t.click(page, 'capset-all');
}

/** Handles of sessions are shown to nobody. */
async function withheld(t, view) {
  await view.open('session/info');
  const output = await view.call();
  await view.says('bob', output);
  await view.says('that no browser is sent', output);
}

async function keyboard(t, view) {
  const { page } = view;
  await page.keyboard.press('Control+k');
  await t.by(page, 'palette-input').fill('system_info.motd');
  await page.keyboard.press('Enter');
  await t.until(() => page.url().endsWith('system_info/motd'));
  await view.by('method-open', 'motd').and(page.locator('[aria-current="page"]')).waitFor();
  await view.by('method-open', 'motd').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await t.until(() => page.url().endsWith('system_info/hostname'));
  await view.by('method-open', 'hostname').and(page.locator('[aria-current="page"]')).waitFor();
  await view.by('method-call').focus();
  await page.keyboard.press('Enter');
  await view.output().waitFor();
}

async function pictures(t, view) {
  const { page } = view;
  await view.open('shell/exec');
  await t.shots(page, 'capset-form');
  await view.open('services/list');
  await view.call();
  await view.go('nothing_of_that_name');
  await view.says('Nothing of that name is granted', page.locator('main'));
  await t.click(page, 'capset-all');
}

async function released(t, view) {
  const { page } = view;
  await view.go('');
  await t.shots(page, 'capset-chips');
  const left = await view.by('chip').count();
  await view.by('chip-release').first().click();
  await t.until(async () => await view.by('chip').count() === left - 1);
  await t.click(page, 'chips-release-all');
  await t.click(page, 'chips-release-all-confirm');
  await t.until(async () => await view.by('chip').count() === 0);
}
