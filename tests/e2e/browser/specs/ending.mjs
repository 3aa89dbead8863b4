// A session that ends elsewhere: by an administrator, by its own person, by the node's end. The page says so within a second.

export const plan = { crosses: true };

/** After so many milliseconds without a key somebody has stopped typing, as the sign-in has it; a little less. */
const PAUSE = 600;

export default async (t) => {
  const { page, node } = t;
  t.mayFail(/status of (40[134]|503)|ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|Failed to fetch|network error/);
  await t.signIn(page, 'alice');
  const bob = await t.person();
  await t.signIn(bob, 'bob');
  await inside(t, bob);

  // An administrator ends it, with the grant for that.
  await told(t, bob, () => t.act(page, 'administration', 'endAccount', { account: 'bob', reason: 'the end of the day' }));

  // What somebody types into something that is gone does not land in the sign-in.
  await t.signIn(bob, 'bob');
  await inside(t, bob);
  await t.click(bob, 'palette-open');
  let isOver = false;
  await bob.evaluate(() => {
    [window.pressedAt, window.pause] = [performance.now(), 0];
    addEventListener('keydown', () => { [window.pause, window.pressedAt] = [Math.max(window.pause, performance.now() - window.pressedAt), performance.now()]; }, true);
  });
  const typing = (async () => { while (!isOver) await bob.keyboard.press('x', { delay: 20 }); })();
  await told(t, bob, () => t.act(page, 'administration', 'endAccount', { account: 'bob', reason: 'in the middle of a word' }));
  await new Promise((done) => setTimeout(done, 300));
  isOver = true;
  await typing;
  // Who paused, on a machine that is slow, had stopped typing for the page.
  const pause = await bob.evaluate(() => window.pause);
  if (pause < PAUSE && await t.by(bob, 'account').inputValue() !== '') throw new Error('keys for the session went into the sign-in');
  await t.by(bob, 'account').fill('');
  // Each try waits for longer than the pause that ends the typing.
  await t.until(async () => {
    await new Promise((done) => setTimeout(done, 2 * PAUSE));
    await t.by(bob, 'account').press('y');
    return (await t.by(bob, 'account').inputValue()).includes('y');
  }, 'the sign-in takes keys');

  // His cookie and token are good for nothing any more, and he comes in again.
  await t.signIn(bob, 'bob');
  await inside(t, bob);

  // The node is killed: it is said at once, and once there is one again the page asks to sign in.
  await node.kill();
  const began = Date.now();
  await t.by(page, 'lost').or(t.by(page, 'ended')).first().waitFor({ state: 'visible' });
  await t.by(bob, 'lost').or(t.by(bob, 'ended')).first().waitFor({ state: 'visible' });
  t.soon('node killed until the page says so', began);
  await node.start();
  await t.by(page, 'ended').waitFor();
  await t.by(bob, 'ended').waitFor();
  await t.signIn(page, 'alice');
  await inside(t, page);

  // One that is stopped as it should be is said to be gone as well.
  await node.stop();
  await t.by(page, 'lost').or(t.by(page, 'ended')).or(t.by(page, 'unreachable')).first().waitFor({ state: 'visible' });
};

/** The workspace stands. */
async function inside(t, page) {
  await t.by(page, 'rail-session').waitFor();
}

/** Has the session end, and waits until its page has said so. */
async function told(t, page, end) {
  await end();
  const began = Date.now();
  await t.by(page, 'ended').waitFor();
  t.soon('session ended by another until the page says so', began);
  if (await t.by(page, 'rail-session').count()) throw new Error('the workspace is still there');
}
