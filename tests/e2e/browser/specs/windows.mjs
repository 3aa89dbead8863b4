// Two windows of one session: both live, and one sign-out ends both.

export const plan = { crosses: true };

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of 40[13]/);
  await t.signIn(page, 'alice');
  await t.by(page, 'rail-session').waitFor();
  const second = await t.window(page);
  await t.by(second, 'rail-session').waitFor();

  // What one does the other shows.
  for (const one of [page, second]) await one.evaluate(() => { location.hash = '#/adventure'; });
  await t.click(page, 'adventure-open');
  await t.by(second, 'adventure-title').waitFor();
  await t.by(page, 'adventure-title').waitFor();
  await t.click(page, 'adventure-exit', '[data-key="north"]');
  await t.until(async () => await t.by(second, 'adventure-title').textContent() === 'Market Square', 'the other window has walked too');
  await t.until(async () => (await t.by(second, 'adventure-log').textContent()).includes('go north'), 'and has the log');

  // A third one comes later, and has it all; it goes, and nothing ends.
  const third = await t.window(page);
  await third.evaluate(() => { location.hash = '#/adventure'; });
  await t.until(async () => (await t.by(third, 'adventure-log').textContent()).includes('go north'), 'whoever comes later has what was said');
  await third.close();
  await t.click(second, 'adventure-exit', '[data-key="south"]');
  await t.until(async () => await t.by(page, 'adventure-title').textContent() === 'Causeway Gate', 'the first one goes on');

  // One signs out; the other is at the sign-in within a second, and its token is good for nothing.
  const token = await second.evaluate(() => sessionStorage.getItem('token'));
  await t.click(page, 'sign-out');
  await t.by(second, 'account').waitFor();
  await t.by(page, 'account').waitFor();
  const status = await second.evaluate(async (old) => (await fetch('/api/do/session/stay', { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': old }, body: '{}' })).status, token);
  if (status !== 401 && status !== 403) throw new Error(`the old token still gives ${status}`);
};
