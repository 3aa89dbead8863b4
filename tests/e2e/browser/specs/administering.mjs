// Administration of live sessions and what they hold, the journal, services. Of people `administration` is.

import { ACCOUNTS } from '../harness.mjs';

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of 4\d\d/);
  await t.signIn(page, 'alice');
  await t.by(page, 'rail-administration').click();
  for (const part of ['rules', 'people']) await t.click(page, `administration-${part}`);
  for (const elsewhere of ['add', 'edit', 'password', 'keys', 'disable', 'enable', 'remove', 'role-add', 'role-edit', 'role-remove', 'profile-add', 'profile-edit', 'profile-remove']) t.mayHide(`administration-${elsewhere}`, 'administration');
  for (const elsewhere of ['dialog-cancel', 'password-show', 'transcript-export']) t.mayHide(elsewhere, 'administration, signin, transcript');
  await sessions(t, page);
  await journal(t, page);
  await services(t, page);
  await ordinary(t);
  await own(t, page);
};

const row = (t, page, test, key) => t.by(page, test, `[data-key="${key}"]`);

/** The page of somebody whose session has ended says why, at once. */
async function over(t, page, why) {
  await t.by(page, 'account').waitFor();
  await t.until(async () => why.test(await page.locator('body').textContent()), String(why));
}

async function sessions(t, page) {
  const [bob, carol] = [await t.person(), await t.person()];
  await t.signIn(bob, 'bob');
  await t.signIn(carol, 'carol');
  await t.click(page, 'administration-sessions');
  const of = (name) => page.locator('[data-test="administration-session"]', { hasText: name });
  await of('bob').waitFor();
  await of('carol').waitFor();
  await t.until(async () => (await of('alice').textContent()).includes('this session'));
  await t.shots(page, 'sessions');
  await taken(t, page);
  await of('bob').locator('[data-test="administration-end"]').click();
  await t.by(page, 'administration-reason').fill('a test of the end');
  await t.click(page, 'administration-end-confirm');
  await over(t, bob, /administrator/);
  await of('bob').waitFor({ state: 'detached' });
  await of('carol').locator('[data-test="administration-end-account"]').click();
  await t.click(page, 'administration-end-account-confirm');
  await over(t, carol, /administrator/);
  await of('carol').waitFor({ state: 'detached' });
}

/** What another session holds is seen, cut off, and taken away. */
async function taken(t, page) {
  const other = await t.person();
  await t.signIn(other, 'alice');
  await t.by(other, 'rail-administration').click();
  await t.click(other, 'administration-journal');
  await t.by(other, 'journal-row').first().waitFor();
  const session = page.locator('[data-test="administration-session"]', { hasText: 'alice' }).filter({ hasNotText: 'this session' });
  await session.locator('[data-test="administration-held"]').click();
  const audit = row(t, page, 'administration-grant', 'audit');
  await audit.locator('[data-test="administration-cut"]').first().waitFor();
  await t.shots(page, 'held');
  // The last one: the granted object itself would be cut off for good.
  const cut = await audit.locator('[data-test="administration-cut"]').last().getAttribute('data-key');
  await t.click(page, 'administration-cut', `[data-key="${cut}"]`);
  await t.click(page, 'administration-revoke-confirm');
  await row(t, page, 'administration-cut', cut).waitFor({ state: 'detached' });
  await t.click(page, 'administration-revoke', '[data-key="audit"]');
  await t.by(page, 'administration-reason').fill('a test');
  await t.click(page, 'administration-revoke-confirm');
  await t.until(async () => (await audit.textContent()).includes('revoked'));
  await t.by(other, 'administration-journal').waitFor({ state: 'detached' });
  await other.close();
  await t.click(page, 'administration-back');
}

async function journal(t, page) {
  await t.click(page, 'administration-journal');
  await t.by(page, 'journal-row').first().waitFor();
  await t.by(page, 'journal-filter').fill('session.ended bob');
  await page.getByText('No row that is shown here').or(t.by(page, 'journal-row').first()).first().waitFor();
  await t.by(page, 'journal-filter').fill('a test of the end');
  await t.by(page, 'journal-row').first().waitFor();
  await t.by(page, 'journal-filter').fill('');
  await t.click(page, 'journal-verify');
  await t.by(page, 'journal-verdict').getByText('sound').waitFor();
  await t.shots(page, 'journal');
  const [file] = await Promise.all([page.waitForEvent('download'), t.click(page, 'journal-export')]);
  if (file.suggestedFilename() !== 'audit.jsonl') throw new Error(file.suggestedFilename());
  // What is written appears by itself.
  const bob = await t.person();
  await t.signIn(bob, 'bob');
  await t.by(page, 'journal-filter').fill('session.begun');
  await t.until(async () => /bob/.test(await t.by(page, 'journal-row').first().textContent()));
  await bob.close();
  t.mayHide('journal-older', 'a new node has no more rows than are shown');
}

async function services(t, page) {
  await t.click(page, 'administration-services');
  const one = t.by(page, 'administration-service').first();
  await one.waitFor();
  await t.shots(page, 'administered');
  const start = t.by(page, 'service-start').first();
  const name = await start.getAttribute('data-key');
  await start.click();
  await t.until(() => row(t, page, 'service-restart', name).isVisible());
  await t.click(page, 'service-restart', `[data-key="${name}"]`);
  await t.click(page, 'service-restart-confirm');
  await t.by(page, 'service-restart-confirm').waitFor({ state: 'detached' });
  await t.click(page, 'service-log', `[data-key="${name}"]`);
  await page.getByText('What it says appears here.').or(t.by(page, 'service-line').first()).first().waitFor();
  await t.click(page, 'administration-back');
  await t.click(page, 'service-stop', `[data-key="${name}"]`);
  await t.click(page, 'service-stop-confirm');
  await t.until(() => row(t, page, 'service-start', name).isVisible());
}

/** Who has no grant for it has no view of it, and no command either. */
async function ordinary(t) {
  const bob = await t.person();
  await t.signIn(bob, 'bob');
  if (await t.by(bob, 'rail-administration').count()) throw new Error('bob has it');
  const refused = await bob.evaluate(async (given) => {
    const headers = { 'content-type': 'application/json', 'x-csrf-token': sessionStorage.getItem('token') ?? '' };
    const answers = await Promise.all(given.map(([command, body]) => fetch(`/api/do/administration/${command}`, { method: 'POST', headers, body: JSON.stringify(body) })));
    return answers.map(({ status }) => status);
  }, [['endAccount', { account: 'alice', reason: '' }], ['resetPassword', { name: 'alice', oneTime: false }], ['verify', {}]]);
  if (!refused.every((status) => status >= 400 && status < 500)) throw new Error(`bob was answered ${refused}`);
  await bob.close();
}

/** One's own session is marked, and ending it signs out. */
async function own(t, page) {
  const { name } = ACCOUNTS[0];
  await t.click(page, 'administration-sessions');
  const mine = page.locator('[data-test="administration-session"]', { hasText: 'this session' });
  await mine.locator('[data-test="administration-end"]').click();
  await page.getByText('you are signed out at once').waitFor();
  await t.click(page, 'administration-end-confirm');
  await over(t, page, /administrator/);
  if (await page.getByText(`${name}’s`).count()) throw new Error('something is left of it');
}
