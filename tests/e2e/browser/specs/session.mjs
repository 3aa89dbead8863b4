// The session: facts, renewal, other sessions, what changed, and the way out.

import { ACCOUNTS } from '../harness.mjs';

const { password } = ACCOUNTS.find(({ name }) => name === 'bob');

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of 403/);
  await t.signIn(page, 'bob');
  await t.by(page, 'rail-session').click();
  await t.until(async () => await t.by(page, 'session-name').textContent() === 'bob');
  await t.until(async () => await t.by(page, 'session-profile').textContent() === 'user');
  await page.getByText('You are signed in nowhere else.').waitFor();
  await changes(t, page);
  await renewal(t, page);
  await others(t, page);
  await wayOut(t, page);
};

async function changes(t, page) {
  const diff = () => t.by(page, 'session-diff').textContent();
  await t.click(page, 'session-refresh');
  await t.until(async () => /compared with/.test(await diff()));
  await t.click(page, 'session-refresh');
  await t.until(async () => /Nothing changed/.test(await diff()));
  await t.shots(page, 'session');
}

async function renewal(t, page) {
  const before = await t.by(page, 'session-ends').textContent();
  await t.click(page, 'session-renew');
  await t.by(page, 'renew-password').fill('not it');
  await t.click(page, 'renew-password-show');
  await t.click(page, 'renew-go');
  await page.locator('dialog [role=alert]').waitFor();
  if (await t.by(page, 'renew-password').inputValue() !== '') throw new Error('the password was kept');
  await t.shots(page, 'renewal-refused');
  await t.click(page, 'dialog-cancel');
  await t.click(page, 'session-renew');
  await t.by(page, 'renew-password').fill(password);
  await page.keyboard.press('Enter');
  await t.by(page, 'renew-password').waitFor({ state: 'detached' });
  await t.until(async () => await t.by(page, 'session-ends').textContent() !== before);
  await t.click(page, 'session-refresh');
  await t.until(async () => /Ends/.test(await t.by(page, 'session-diff').textContent()));
}

/** Another browser of the same person is seen, ended, and told. */
async function others(t, page) {
  const other = await t.person();
  await t.signIn(other, 'bob');
  await t.click(page, 'session-others-look');
  await t.by(page, 'session-end').waitFor();
  await t.shots(page, 'others');
  await t.click(page, 'session-end');
  await page.keyboard.press('Escape');
  await t.by(page, 'session-end-confirm').waitFor({ state: 'detached' });
  await t.click(page, 'session-end');
  await t.click(page, 'session-end-confirm');
  await t.by(other, 'ended').waitFor();
  await t.by(page, 'session-end').waitFor({ state: 'detached' });
  // Somebody else's sessions are not among them.
  const carol = await t.person();
  await t.signIn(carol, 'carol');
  await t.click(page, 'session-others-look');
  await page.getByText('You are signed in nowhere else.').waitFor();
  await carol.context().close();
  await other.context().close();
}

async function wayOut(t, page) {
  await t.click(page, 'session-sign-out');
  await t.by(page, 'ended').waitFor();
  if (await page.evaluate(() => sessionStorage.length)) throw new Error('the token was kept');
}
