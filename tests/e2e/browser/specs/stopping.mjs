// A node that is told to stop: what sessions are told during the grace, at its end, and once there is a node again.

export const plan = { crosses: true, config: () => 'node.stop_grace = "6s"\n' };

/** On an idle machine it is within a second; a busy one is given longer. */
const SOON = 5000;

export default async (t) => {
  const { page, node } = t;
  t.mayFail(/status of (40[134]|50[234])|ERR_|Failed to fetch|network error/);
  await t.signIn(page, 'bob');
  await t.by(page, 'rail-session').waitFor();
  const stranger = await t.person();
  await t.by(stranger, 'sign-in').waitFor();

  // It is said at once, with how long there is, and what is begun can be finished.
  const began = Date.now();
  node.process.kill('SIGTERM');
  const stopping = t.by(page, 'stopping');
  await stopping.waitFor({ state: 'visible', timeout: SOON });
  t.note('told to stop until the page says so', Date.now() - began);
  if (!/being stopped.*ends with it, in \d s/.test(await stopping.textContent())) throw new Error(await stopping.textContent());
  await t.axe(page, 'a node that stops');
  await page.keyboard.press('Control+k');
  await t.by(page, 'palette-input').waitFor();
  await page.keyboard.press('Escape');
  await t.act(page, 'session', 'refresh', {});
  if (await t.by(page, 'lost').isVisible()) throw new Error('it is said to be gone already');

  // Whoever would come now is told why not.
  await t.by(stranger, 'account').fill('carol');
  await t.by(stranger, 'password').fill(t.accounts[2].password);
  await t.click(stranger, 'sign-in');
  await t.by(stranger, 'problem').waitFor();
  await t.by(stranger, 'sign-in').waitFor();
  if (!/node is stopping/.test(await t.by(stranger, 'problem').textContent())) throw new Error(await t.by(stranger, 'problem').textContent());

  // At the end the page says that, and not that something is wrong.
  await t.by(page, 'ended').waitFor({ timeout: 6000 + SOON });
  if (!/stop/.test(await t.by(page, 'ended').textContent())) throw new Error(await t.by(page, 'ended').textContent());
  await node.ended;
  for (const one of [page, stranger]) {
    await t.by(one, 'unreachable').waitFor({ timeout: SOON });
    await t.until(async () => /Not connected/.test(await one.locator('.gate-way').textContent()), SOON, 'it is not said to be connected');
  }
  if (!/stop/.test(await t.by(page, 'ended').textContent())) throw new Error('what happened is not said any more');
  await t.axe(page, 'a node that was stopped');

  // With the node comes the sign-in, by itself.
  await node.start();
  for (const one of [page, stranger]) await t.by(one, 'unreachable').waitFor({ state: 'detached', timeout: 10000 });
  if (!/there again/.test(await t.by(page, 'ended').textContent())) throw new Error(await t.by(page, 'ended').textContent());
  await t.signIn(page, 'bob');
  const rows = node.log;
  if (!/stopping in 6s/.test(rows)) throw new Error(rows);

  // A second word ends the grace.
  await t.by(page, 'rail-session').waitFor();
  node.process.kill('SIGTERM');
  await stopping.waitFor({ state: 'visible', timeout: SOON });
  const second = Date.now();
  node.process.kill('SIGTERM');
  await t.by(page, 'ended').waitFor({ timeout: SOON });
  t.note('told twice until the page says so', Date.now() - second);
  if (Date.now() - second > 4000) throw new Error('the grace went on');
};
