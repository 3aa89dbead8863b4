// The transcript: live, filtered, exported, and without anything secret.

import { readFileSync } from 'node:fs';

import { ACCOUNTS } from '../harness.mjs';

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of 403/);
  await t.signIn(page, 'bob');
  await t.by(page, 'rail-transcript').click();
  const rows = t.by(page, 'transcript-rows').locator('tr');
  const texts = () => rows.allTextContents();
  await t.until(async () => (await texts()).some((text) => text.includes('signIn')));
  await t.until(async () => /Redacted/.test(await t.by(page, 'transcript-redaction').textContent()));
  await live(t, page, texts);
  await filters(t, page, rows);
  await exported(t, page);
  await t.shots(page, 'transcript');
};

/** What is done elsewhere in the session is there at once. */
async function live(t, page, texts) {
  const second = await t.window(page);
  await t.by(second, 'rail-session').click();
  await t.click(second, 'session-renew');
  await t.by(second, 'renew-password').fill('a secret that is wrong');
  await t.click(second, 'renew-go');
  await t.until(async () => (await texts()).some((text) => text.includes('renew') && text.includes('authenticationDenied')));
  await second.close();
}

async function filters(t, page, rows) {
  const filter = t.by(page, 'transcript-filter');
  await filter.fill('renew authentication');
  await t.until(async () => await rows.count() === 1);
  await t.by(page, 'transcript-outcome').selectOption('ok');
  await t.click(page, 'transcript-all');
  await t.until(async () => await rows.count() > 2 && await filter.inputValue() === '');
  await t.by(page, 'transcript-outcome').selectOption('refused');
  await t.until(async () => (await rows.allTextContents()).every((text) => !text.includes('done')));
  await t.by(page, 'transcript-outcome').selectOption('all');
  await filter.fill('<img src=x onerror=alert(1)>');
  await page.getByText('No row answers that.').waitFor();
  await filter.fill('');
}

async function exported(t, page) {
  const [download] = await Promise.all([page.waitForEvent('download'), t.click(page, 'transcript-export')]);
  if (!/^capos-transcript-.*\.jsonl$/.test(download.suggestedFilename())) throw new Error(download.suggestedFilename());
  const text = readFileSync(await download.path(), 'utf8');
  const lines = text.trim().split('\n').map((line) => JSON.parse(line));
  if (!lines.some(({ operation }) => operation === 'signIn')) throw new Error(`not all is exported: ${text}`);
  for (const secret of [...ACCOUNTS.map(({ password }) => password), 'a secret that is wrong', t.node.data, t.node.ready.rpc[0]]) {
    if (text.includes(secret)) throw new Error(`the export tells ${secret}`);
  }
}
