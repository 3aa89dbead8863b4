// A node that is told to stop: what sessions are told during the grace, at its end, and once there is a node again.

/** One that lasts for as long as a slow machine needs, and one that is over soon. */
const [LONG, SHORT] = ['5min', '2s'];
let grace = LONG;

export const plan = { crosses: true, config: () => `node.stop_grace = "${grace}"\n` };


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
  await stopping.waitFor({ state: 'visible' });
  t.soon('told to stop until the page says so', began);
  if (!/being stopped.*ends with it, in [45] min/.test(await stopping.textContent())) throw new Error(await stopping.textContent());
  await t.axe(page, 'a node that stops');
  await page.keyboard.press('Control+k');
  await t.by(page, 'palette-input').waitFor();
  await page.keyboard.press('Escape');
  await t.act(page, 'session', 'refresh', {});
  // (A page that was held up may miss the node for a moment.)
  await t.until(async () => !await t.by(page, 'lost').isVisible(), 'it is not said to be gone');

  // Whoever would come now is told why not.
  await t.by(stranger, 'account').fill('carol');
  await t.by(stranger, 'password').fill(t.accounts[2].password);
  await t.click(stranger, 'sign-in');
  await t.by(stranger, 'problem').waitFor();
  await t.by(stranger, 'sign-in').waitFor();
  if (!/node is stopping/.test(await t.by(stranger, 'problem').textContent())) throw new Error(await t.by(stranger, 'problem').textContent());

  // A second word ends the grace. The page says that, and not that something is wrong.
  const second = Date.now();
  node.process.kill('SIGTERM');
  await t.by(page, 'ended').waitFor();
  t.note('told twice until the page says so', Date.now() - second);
  if (!/stop/.test(await t.by(page, 'ended').textContent())) throw new Error(await t.by(page, 'ended').textContent());
  await node.ended;
  for (const one of [page, stranger]) {
    await t.by(one, 'unreachable').waitFor();
    await t.until(async () => /Not connected/.test(await one.locator('.gate-way').textContent()), 'it is not said to be connected');
  }
  if (!/stop/.test(await t.by(page, 'ended').textContent())) throw new Error('what happened is not said any more');
  await t.axe(page, 'a node that was stopped');

  // With the node comes the sign-in, by itself.
  grace = SHORT;
  await node.start();
  for (const one of [page, stranger]) await t.by(one, 'unreachable').waitFor({ state: 'detached' });
  if (!/there again/.test(await t.by(page, 'ended').textContent())) throw new Error(await t.by(page, 'ended').textContent());
  await t.signIn(page, 'bob');
  const rows = node.log;
  if (!/stopping in 5m/.test(rows)) throw new Error(rows);

  // Without a second word the grace is over by itself.
  await t.by(page, 'rail-session').waitFor();
  node.process.kill('SIGTERM');
  await t.by(page, 'ended').filter({ hasText: /stop/ }).waitFor();
};
