// Signing in: what is asked, what is refused, and what is shown then.

import { ACCOUNTS } from '../harness.mjs';

const ONE_TIME = 'good for one time';
const CHOSEN = 'four words in a row';

export const plan = {
  config: () => '[auth]\nguest = true\nanonymous = true\n',
  prepare: (node) => {
    node.admin(['account', 'add', 'novice', '--profile', 'user', '--password-stdin', '--one-time'], `${ONE_TIME}\n`);
    node.admin(['account', 'add', 'visitor', '--kind', 'guest', '--profile', 'guest', '--no-password']);
  },
};

export default async (t) => {
  const { page } = t;
  const says = (test) => t.by(page, test).textContent();
  t.mayFail(/status of 40[013]/);
  t.mayFail(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_FAILED/);

  await nothingOfTheHost(t, page);
  await refusals(t, page, says);
  await aNewPassword(t, page, says);
  await aProfile(t, page);
  await withoutAName(t, page);
  await anotherWindow(t, page);
  await theKeyboard(t, page);
  await whatDoesNotCome(t);
  await aNodeThatDoesNotAnswer(t, page, says);
};

async function enter(t, page, name, password) {
  await t.by(page, 'account').fill(name);
  await t.by(page, 'password').fill(password);
  await t.click(page, 'sign-in');
}

async function isIn(t, page) {
  await t.by(page, 'sign-out').waitFor({ state: 'attached' });
}

async function leave(t, page) {
  await t.click(page, 'sign-out');
  await t.by(page, 'account').waitFor();
}

/** The name is empty, everything that the node has is listed, and the page knows nothing of the machine. */
async function nothingOfTheHost(t, page) {
  await t.by(page, 'ways').waitFor();
  if (await t.by(page, 'account').inputValue()) throw new Error('the name is not empty');
  await t.click(page, 'ways');
  for (const kind of ['publicKey', 'passkey', 'oidcDeviceCode']) {
    await t.by(page, `way-${kind}`).waitFor();
  }
  const shown = await t.by(page, 'way-passkey').textContent();
  if (!shown.includes('off')) throw new Error(`a way that is off is not marked: ${shown}`);
  const all = await page.locator('body').innerText();
  for (const word of [new URL(t.node.url).host, 'alice', process.env.USER, t.node.directory].filter((word) => word && word.length > 3)) {
    if (all.includes(word)) throw new Error(`the sign-in tells ${word}`);
  }
  await t.shots(page, 'sign-in');
  await t.click(page, 'ways');
}

/** What was typed stays, the password goes, and the words are the same whoever it was. */
async function refusals(t, page, says) {
  await t.by(page, 'password').fill('x');
  await t.click(page, 'password-show');
  if (await t.by(page, 'password').getAttribute('type') !== 'text') throw new Error('the password cannot be looked at');
  await t.click(page, 'password-show');
  await t.by(page, 'account').fill('');
  await t.click(page, 'sign-in');
  await t.until(async () => await t.by(page, 'account').getAttribute('aria-invalid') === 'true');
  await enter(t, page, 'alice', 'wrong');
  await t.by(page, 'problem').waitFor();
  const known = await says('problem');
  if (await t.by(page, 'account').inputValue() !== 'alice') throw new Error('the name was lost');
  if (await t.by(page, 'password').inputValue() !== '') throw new Error('the password was kept');
  await enter(t, page, 'nobody-at-all', 'wrong');
  await t.until(async () => await t.by(page, 'password').inputValue() === '');
  if (await says('problem') !== known) throw new Error('an unknown name is told apart');
}

/** A password that is good once: two fields that must match, and what the node refuses is said. */
async function aNewPassword(t, page, says) {
  await enter(t, page, 'novice', ONE_TIME);
  await t.by(page, 'new-password').waitFor();
  await t.by(page, 'new-password').fill('abc');
  await t.by(page, 'new-password-again').fill('abd');
  await t.click(page, 'new-password-show');
  await t.click(page, 'new-password-again-show');
  await t.click(page, 'answer');
  await t.until(async () => /not the same/.test(await says('differ')));
  await t.shots(page, 'new-password');
  await t.by(page, 'new-password-again').fill('abc');
  await t.click(page, 'answer');
  await t.until(async () => /too short/.test(await says('asked')));
  await t.click(page, 'start-over');
  if (await t.by(page, 'account').inputValue() !== 'novice') throw new Error('the name was lost');
  await enter(t, page, 'novice', ONE_TIME);
  await t.by(page, 'new-password').fill(CHOSEN);
  await t.by(page, 'new-password-again').fill(CHOSEN);
  await t.click(page, 'answer');
  await isIn(t, page);
  await leave(t, page);
  await t.until(async () => /signed out/.test(await says('ended')));
  await enter(t, page, 'novice', CHOSEN);
  await isIn(t, page);
  await leave(t, page);
}

/** Who may be several things says which. */
async function aProfile(t, page) {
  await enter(t, page, 'alice', ACCOUNTS.find(({ name }) => name === 'alice').password);
  await t.by(page, 'profile').first().waitFor();
  await t.shots(page, 'profiles');
  await t.click(page, 'profile', '[data-key="user"]');
  await isIn(t, page);
  await t.until(async () => (await t.by(page, 'top-who').textContent()).includes('user'));
  await leave(t, page);
}

async function withoutAName(t, page) {
  for (const [way, profile] of [['guest', 'guest'], ['anonymous', 'anonymous']]) {
    await t.click(page, `sign-in-${way}`);
    await isIn(t, page);
    await t.until(async () => (await t.by(page, 'top-who').textContent()).includes(profile));
    await leave(t, page);
  }
}

/** A window beside one that is signed in is signed in, goes in with it, and out with it. */
async function anotherWindow(t, page) {
  const second = await t.window(page);
  await t.by(second, 'account').waitFor();
  await t.signIn(page, 'bob');
  await isIn(t, second);
  const third = await t.window(page);
  await isIn(t, third);
  await t.click(third, 'sign-out');
  for (const one of [page, second]) {
    await t.by(one, 'ended').waitFor();
  }
  await second.close();
  await third.close();
}

/** All of it without a mouse. */
async function theKeyboard(t, page) {
  await page.reload();
  await t.by(page, 'ways').waitFor();
  await t.until(() => page.evaluate(() => document.activeElement?.getAttribute('data-test') === 'account'));
  const bob = ACCOUNTS.find(({ name }) => name === 'bob');
  await page.keyboard.type(bob.name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(bob.password);
  await page.keyboard.press('Enter');
  await isIn(t, page);
  await leave(t, page);
}

/** It says so, goes on trying, and goes on by itself. */
async function aNodeThatDoesNotAnswer(t, page, says) {
  await t.node.kill();
  await page.evaluate(() => {});
  await t.by(page, 'account').fill('bob');
  await t.by(page, 'password').fill('something');
  await t.click(page, 'sign-in');
  await t.until(async () => /cannot be reached/.test(await says('problem')));
  await t.node.start();
  await page.reload();
  await t.by(page, 'ways').waitFor();
  // A page that is loaded while the node cannot be asked.
  await page.route('**/api/welcome', (route) => route.abort());
  await page.reload();
  await t.by(page, 'unreachable').waitFor();
  await t.shots(page, 'unreachable');
  await t.click(page, 'sign-in-retry');
  await page.unroute('**/api/welcome');
  await t.by(page, 'unreachable').waitFor({ state: 'detached' });
  await t.signIn(page, 'bob');
}

/** A part of the page that does not come is said to be missing, and can be asked for again. */
async function whatDoesNotCome(t) {
  const page = await t.person();
  const without = async (part) => {
    await page.route(`**/${part}`, (route) => route.abort());
    await page.reload();
  };
  await without('ui/sign-in.js');
  await page.getByRole('alert').filter({ hasText: 'did not send all of this page' }).waitFor();
  await page.unrouteAll();
  await without('ui/workspace.js');
  await enter(t, page, 'carol', ACCOUNTS.find((one) => one.name === 'carol').password);
  await t.by(page, 'load-again').waitFor();
  await page.unrouteAll();
  await t.click(page, 'load-again');
  await isIn(t, page);
  await page.context().close();
}
