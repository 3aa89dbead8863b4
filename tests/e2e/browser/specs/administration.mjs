// Administration: people, roles, profiles, live sessions and what they hold, the journal, services.

import { generateKeyPairSync } from 'node:crypto';

import { ACCOUNTS } from '../harness.mjs';

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of 4\d\d/);
  await t.signIn(page, 'alice');
  await t.by(page, 'rail-administration').click();
  await people(t, page);
  await password(t, page);
  await keys(t, page);
  await rules(t, page);
  await sessions(t, page);
  await journal(t, page);
  await services(t, page);
  await ordinary(t);
  await own(t, page);
};

const row = (t, page, test, key) => t.by(page, test, `[data-key="${key}"]`);

async function people(t, page) {
  await row(t, page, 'administration-person', 'bob').waitFor();
  await t.shots(page, 'people');
  await t.click(page, 'administration-add');
  await t.by(page, 'administration-name').fill('Not A Name!');
  await t.click(page, 'administration-add-confirm');
  await page.locator('dialog [role=alert]').waitFor();
  await t.by(page, 'administration-name').fill('dora');
  await t.by(page, 'administration-display-name').fill('Dora \u202e<b>');
  await t.click(page, 'administration-add-confirm');
  const made = await t.by(page, 'administration-made').textContent();
  if (!/^[a-z2-9]{4}(-[a-z2-9]{4}){4}$/.test(made)) throw new Error('that is no password');
  await t.shots(page, 'made');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await t.click(page, 'administration-made-copy');
  await t.click(page, 'dialog-cancel');
  await row(t, page, 'administration-person', 'dora').waitFor();
  await t.until(async () => (await row(t, page, 'administration-person', 'dora').textContent()).includes('<b>'));
  await oneTime(t, made);
  await t.click(page, 'administration-edit', '[data-key="dora"]');
  await t.by(page, 'administration-display-name').fill('Dora');
  await t.shots(page, 'edit');
  await t.click(page, 'administration-edit-confirm');
  await t.until(async () => !(await row(t, page, 'administration-person', 'dora').textContent()).includes('<b>'));
  await t.click(page, 'administration-disable', '[data-key="dora"]');
  await t.click(page, 'administration-disable-confirm');
  await t.click(page, 'administration-enable', '[data-key="dora"]');
  await row(t, page, 'administration-disable', 'dora').waitFor();
}

/** It works once, and only to set another. */
async function oneTime(t, made) {
  const dora = await t.person();
  await t.by(dora, 'account').fill('dora');
  await t.by(dora, 'password').fill(made);
  await t.click(dora, 'sign-in');
  await dora.getByText('A new password').first().waitFor();
  await dora.close();
}

async function password(t, page) {
  await t.click(page, 'administration-password', '[data-key="dora"]');
  await t.by(page, 'administration-own').fill('short');
  await t.click(page, 'administration-own-show');
  await t.click(page, 'administration-password-confirm');
  await page.locator('dialog [role=alert]').waitFor();
  await t.by(page, 'administration-own').fill('');
  await t.by(page, 'administration-one-time').click();
  await t.click(page, 'administration-password-confirm');
  const made = await t.by(page, 'administration-made').textContent();
  await t.click(page, 'dialog-cancel');
  const dora = await t.person();
  await t.by(dora, 'account').fill('dora');
  await t.by(dora, 'password').fill(made);
  await t.click(dora, 'sign-in');
  await t.by(dora, 'sign-out').waitFor({ state: 'attached' });
  await t.click(page, 'administration-remove', '[data-key="dora"]');
  await t.click(page, 'administration-remove-confirm');
  await row(t, page, 'administration-person', 'dora').waitFor({ state: 'detached' });
  await over(t, dora, /account was changed|administrator/);
  await dora.close();
}

/** The page of somebody whose session has ended says why, at once. */
async function over(t, page, why) {
  await t.by(page, 'account').waitFor({ timeout: 3000 });
  await t.until(async () => why.test(await page.locator('body').textContent()), 3000, String(why));
}

async function keys(t, page) {
  const { publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const part = (bytes) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const line = `ssh-ed25519 ${Buffer.concat([part(Buffer.from('ssh-ed25519')), part(raw)]).toString('base64')} bob's laptop`;
  await t.click(page, 'administration-keys', '[data-key="bob"]');
  await t.by(page, 'administration-key').fill('no key at all');
  await t.click(page, 'administration-key-add');
  await page.locator('dialog [role=alert]').waitFor();
  await t.by(page, 'administration-key').fill(line);
  await t.click(page, 'administration-key-add');
  await page.getByText("bob's laptop").waitFor();
  await t.click(page, 'administration-key-remove');
  await t.click(page, 'administration-key-remove-confirm');
  await page.getByText('This account has no keys.').waitFor();
  await t.click(page, 'dialog-cancel');
}

async function rules(t, page) {
  await t.click(page, 'administration-rules');
  await row(t, page, 'administration-profile-row', 'operator').waitFor();
  await t.shots(page, 'rules');
  await t.click(page, 'administration-profile-add');
  await t.by(page, 'administration-profile-name').fill('bare');
  await t.by(page, 'administration-definition').fill('{');
  await t.click(page, 'administration-profile-confirm');
  await page.locator('dialog [role=alert]').waitFor();
  await t.click(page, 'dialog-cancel');
  await t.click(page, 'administration-profile-edit', '[data-key="guest"]');
  await t.by(page, 'administration-definition').waitFor();
  await t.shots(page, 'profile');
  await t.click(page, 'administration-profile-confirm');
  await t.by(page, 'administration-definition').waitFor({ state: 'detached' });
  await t.click(page, 'administration-role-add');
  await t.by(page, 'administration-role-name').fill('visitors');
  await t.by(page, 'administration-role-profile', '[data-key="user"]').check();
  await t.click(page, 'administration-role-confirm');
  await row(t, page, 'administration-role-row', 'visitors').waitFor();
  await t.click(page, 'administration-role-edit', '[data-key="visitors"]');
  await t.by(page, 'administration-role-profile', '[data-key="user"]').uncheck();
  await t.click(page, 'administration-role-confirm');
  await t.until(async () => (await row(t, page, 'administration-role-row', 'visitors').textContent()).includes('no profile'));
  await t.click(page, 'administration-role-remove', '[data-key="visitors"]');
  await t.click(page, 'administration-role-remove-confirm');
  await row(t, page, 'administration-role-row', 'visitors').waitFor({ state: 'detached' });
  await t.click(page, 'administration-profile-remove', '[data-key="user"]');
  await t.click(page, 'administration-profile-remove-confirm');
  await page.locator('dialog [role=alert]').waitFor();
  await page.keyboard.press('Escape');
  await t.click(page, 'administration-people');
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
  await of('bob').locator('[data-test="administration-held"]').click();
  await t.by(page, 'administration-grant').first().waitFor();
  await t.by(page, 'administration-cut').first().waitFor();
  await t.shots(page, 'held');
  const cuts = await t.by(page, 'administration-cut').count();
  await t.click(page, 'administration-cut');
  await t.click(page, 'administration-revoke-confirm');
  await t.until(async () => await t.by(page, 'administration-cut').count() < cuts);
  const name = await t.by(page, 'administration-grant').first().getAttribute('data-key');
  await t.click(page, 'administration-revoke', `[data-key="${name}"]`);
  await t.by(page, 'administration-reason').fill('a test');
  await t.click(page, 'administration-revoke-confirm');
  await t.until(async () => (await row(t, page, 'administration-grant', name).textContent()).includes('revoked'));
  await t.click(page, 'administration-back');
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
  await t.until(() => row(t, page, 'service-restart', name).isVisible(), 30000);
  await t.click(page, 'service-restart', `[data-key="${name}"]`);
  await t.click(page, 'service-restart-confirm');
  await t.by(page, 'service-restart-confirm').waitFor({ state: 'detached', timeout: 30000 });
  await t.click(page, 'service-log', `[data-key="${name}"]`);
  await page.getByText('What it says appears here.').or(t.by(page, 'service-line').first()).first().waitFor();
  await t.shots(page, 'log');
  await t.click(page, 'administration-back');
  await t.click(page, 'service-stop', `[data-key="${name}"]`);
  await t.click(page, 'service-stop-confirm');
  await t.until(() => row(t, page, 'service-start', name).isVisible(), 30000);
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
