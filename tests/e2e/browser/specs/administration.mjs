// Administration of people, of what they are given, and of what was recorded. Of everything else `administering` is.

import { generateKeyPairSync } from 'node:crypto';

// A node that records what terminals show.
export { plan } from './recordings.mjs';

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of 4\d\d/);
  await t.signIn(page, 'alice');
  await t.by(page, 'rail-administration').click();
  for (const part of ['sessions', 'journal', 'services', 'people']) await t.click(page, `administration-${part}`);
  for (const elsewhere of ['administration-held', 'administration-end', 'administration-end-account', 'journal-verify', 'journal-export', 'journal-older', 'service-log', 'service-start']) t.mayHide(elsewhere, 'administering');
  for (const elsewhere of ['password-show', 'transcript-export', 'new-password-show', 'new-password-again-show', 'answer', 'start-over']) t.mayHide(elsewhere, 'signin, transcript');
  await people(t, page);
  await password(t, page);
  await keys(t, page);
  await rules(t, page);
  await recordings(t, page);
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
  await page.getByText('The display name is too long, or has control characters.').waitFor();
  await t.by(page, 'administration-display-name').fill('Dora <b>');
  await t.click(page, 'administration-add-confirm');
  const made = await t.by(page, 'administration-made').textContent();
  if (!/^[a-z2-9]{4}(-[a-z2-9]{4}){4}$/.test(made)) throw new Error('that is no password');
  await t.shots(page, 'made');
  await page.context().grantPermissions(['clipboard-write']);
  await t.click(page, 'administration-made-copy');
  await t.click(page, 'dialog-cancel');
  await row(t, page, 'administration-person', 'dora').waitFor();
  await t.until(async () => (await row(t, page, 'administration-person', 'dora').textContent()).includes('<b>'));
  await oneTime(t, made);
  await t.click(page, 'administration-edit', '[data-key="dora"]');
  await t.by(page, 'administration-display-name').fill('Dora');
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
  await t.by(page, 'account').waitFor();
  await t.until(async () => why.test(await page.locator('body').textContent()), String(why));
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

/** What another one's terminal showed is listed, with whose it is, and played; it cannot be removed. */
async function recordings(t, page) {
  for (const elsewhere of ['open', 'open-with', 'recordings', 'tab', 'close', 'close-ended', 'close-now', 'select', 'find', 'aloud', 'split-row', 'split-column', 'reopen', 'another', 'fit']) t.mayHide(`terminal-${elsewhere}`, 'terminals');
  t.mayHide('replay-play', 'recordings');
  await t.click(page, 'administration-recordings');
  await page.getByText('Nothing was recorded.').waitFor();
  const bob = await t.person();
  await t.signIn(bob, 'bob');
  await t.click(bob, 'rail-terminals');
  await t.click(bob, 'terminal-open');
  const shows = (one, wanted) => t.until(() => one.evaluate((text) => [...document.querySelectorAll('.terminal-row')].some((row) => row.textContent.startsWith(text)), wanted), `it shows ${wanted}`);
  await t.until(() => bob.evaluate(() => [...document.querySelectorAll('.terminal-row')].some((row) => /\$ *$/.test(row.textContent))), 'a prompt');
  await bob.keyboard.type("echo 'seen <img src=x>'; sleep 1; exit\n");
  await bob.getByText('The program has ended.').waitFor();
  await bob.close();
  await t.click(page, 'administration-people');
  await t.click(page, 'administration-recordings');
  // Each reading is written into the journal, so it is read when somebody asks.
  const whole = page.locator('tr', { hasText: 'bob' }).filter({ hasText: 'Whole' });
  await t.until(async () => { await t.click(page, 'recordings-refresh'); return whole.count(); }, 'the recording is whole');
  if (await t.by(page, 'recording-remove').count()) throw new Error('what is somebody else’s can be removed');
  await t.shots(page, 'recordings');
  await t.click(page, 'recording-play');
  await t.by(page, 'replay-speed').selectOption('4');
  await shows(page, 'seen <img src=x>');
  await t.shots(page, 'replay');
  await t.click(page, 'replay-back');
  await t.by(page, 'recording-play').waitFor();
  const address = page.url();
  await page.goto(`${t.node.url}#/administration/recordings/0123456789abcdef`);
  await t.click(page, 'replay-list');
  await t.until(() => page.url() === address);
}
