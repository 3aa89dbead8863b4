// A node that says nothing though its sockets are there, and a page that was away: no network, frozen, put aside, asleep.

export const plan = { crosses: true };

export default async (t) => {
  const { page, node } = t;
  t.mayFail(/status of 40[14]|ERR_|Failed to fetch|network error/);
  await t.signIn(page, 'bob');
  await t.click(page, 'rail-chat');
  await t.click(page, 'chat-first');
  await t.click(page, 'chat-join');
  const input = t.by(page, 'chat-input');
  await input.fill('half a sentence');
  let streams = 0;
  page.on('request', (request) => { streams += Number(request.url().includes('/api/events')); });
  const lost = t.by(page, 'lost');
  const back = async (what) => {
    await t.until(async () => !await lost.isVisible(), `${what} is over`);
    if (await t.by(page, 'ended').count()) throw new Error(`${what} ended the session`);
    if (await input.inputValue() !== 'half a sentence') throw new Error(`${what} took what was typed`);
  };

  // Stopped in its tracks, it keeps its sockets: the page says so, behind the palette as well, and goes on with it.
  await page.keyboard.press('Control+k');
  await t.by(page, 'palette-input').waitFor();
  const began = Date.now();
  process.kill(node.pid, 'SIGSTOP');
  try {
    await lost.waitFor({ state: 'visible' });
    await t.by(page, 'lost-here').waitFor({ state: 'visible' });
    t.note('node stopped with a signal until the page says so', Date.now() - began);
    await t.axe(page, 'a palette while the node does not answer');
    await page.keyboard.press('Escape');
  } finally {
    process.kill(node.pid, 'SIGCONT');
  }
  await back('a node that was stopped with a signal');

  // A line that is said while it is stopped is said once it goes on; nothing is lost and nothing is said twice.
  await input.fill('said into the silence');
  process.kill(node.pid, 'SIGSTOP');
  await input.press('Enter');
  await lost.waitFor({ state: 'visible' });
  process.kill(node.pid, 'SIGCONT');
  const said = t.by(page, 'chat-text').filter({ hasText: 'said into the silence' });
  await said.waitFor();
  await t.until(async () => await input.inputValue() === '', 'the line is free again');
  if (await said.count() !== 1) throw new Error('it was said more than once');
  await input.fill('half a sentence');

  // Without a network, and with one again.
  await page.context().setOffline(true);
  await lost.waitFor({ state: 'visible' });
  if (!/offline/.test(await lost.textContent())) throw new Error(await lost.textContent());
  await page.context().setOffline(false);
  await back('a network that was away');

  // Frozen for a while, as browsers do with tabs that nobody looks at.
  const browser = await page.context().newCDPSession(page);
  await browser.send('Page.setWebLifecycleState', { state: 'frozen' });
  await new Promise((done) => setTimeout(done, 9000));
  await browser.send('Page.setWebLifecycleState', { state: 'active' });
  await back('a tab that was frozen');

  // A clock that jumps says that the machine slept: the stream is begun anew.
  const before = streams;
  await page.evaluate(() => { const now = Date.now; Date.now = () => now() + 3600000; });
  await t.until(() => streams > before, 'the stream is begun anew');
  await page.reload();
  await input.waitFor();

  // Put aside for another page, and taken up again.
  await page.goto('about:blank');
  await page.goBack();
  await t.by(page, 'rail-session').waitFor();
  await t.until(async () => !await lost.isVisible(), 'it is live again');

  // Killed while a dialog is open: it is said there, and once there is a node the page asks to sign in.
  await page.goto(`${node.url}#/session`);
  await t.click(page, 'session-renew');
  await t.by(page, 'renew-password').fill(t.accounts[1].password);
  await node.kill();
  await t.by(page, 'lost-here').waitFor({ state: 'visible' });
  await t.click(page, 'renew-go');
  await page.locator('dialog .problem').filter({ hasText: 'cannot be reached' }).waitFor();
  await node.start();
  await t.by(page, 'ended').waitFor();
  if (await page.locator('dialog[open]').count()) throw new Error('a dialog of the session before is still there');

  // Killed while somebody signs in: said at once, and what was typed is kept.
  await t.by(page, 'account').fill('bob');
  await t.by(page, 'password').fill(t.accounts[1].password);
  await node.kill();
  await t.click(page, 'sign-in');
  await t.by(page, 'problem').or(t.by(page, 'unreachable')).first().waitFor();
  await node.start();
  await t.by(page, 'unreachable').waitFor({ state: 'detached' });
  if (await t.by(page, 'password').inputValue() !== t.accounts[1].password) throw new Error('the password is to be typed again');
  await t.click(page, 'sign-in');
  await t.by(page, 'rail-session').waitFor();
};
