// Who closes the browser without signing out leaves the chat soon, and is back under the same name with the next window.

export const plan = { crosses: true };

/** A session without a window leaves after twenty seconds. */
const GONE = 60000;
const PATIENCE = 20000;

export default async (t) => {
  const { page, node } = t;
  t.mayFail(/status of 40[14]|ERR_/);
  await enter(t, page, 'alice', 'ada');
  const bob = await t.person();
  await enter(t, bob, 'bob', 'robert');
  const there = t.by(page, 'chat-members').getByText('robert', { exact: true });
  await there.waitFor({ timeout: PATIENCE });

  // A page that is loaded anew leaves nothing: he is there, and nobody is told that he went.
  await bob.reload();
  await t.by(bob, 'chat-input').waitFor({ timeout: PATIENCE });
  await say(t, page, 'are you there?');
  await t.by(bob, 'chat-text').filter({ hasText: 'are you there?' }).waitFor({ timeout: PATIENCE });
  if (!await there.isVisible()) throw new Error('a page that is loaded anew is taken for one that went');

  // The last window goes.
  const context = bob.context();
  const began = Date.now();
  await bob.close();
  await there.waitFor({ state: 'detached', timeout: GONE });
  t.note('last window closed until others see that nobody is there', Date.now() - began);
  if (Date.now() - began < 5000) throw new Error('a page that is loaded anew would have left');
  await say(t, page, 'said to nobody');

  // With the next window he is back, and what was said meanwhile is to be read.
  const again = await t.window(null, context, `${node.url}#/session`);
  await t.by(again, 'rail-session').or(t.by(again, 'account')).first().waitFor({ timeout: PATIENCE });
  if (await t.by(again, 'account').isVisible()) await t.signIn(again, 'bob');
  await there.waitFor({ timeout: PATIENCE });
};

async function enter(t, page, account, handle) {
  await t.signIn(page, account);
  await t.click(page, 'rail-chat');
  await t.click(page, 'chat-first');
  await t.by(page, 'chat-handle').fill(handle);
  await t.click(page, 'chat-join');
  await t.by(page, 'chat-input').waitFor({ timeout: PATIENCE });
}

async function say(t, page, text) {
  await t.by(page, 'chat-input').fill(text);
  await t.click(page, 'chat-send');
  await t.by(page, 'chat-text').filter({ hasText: text }).waitFor({ timeout: PATIENCE });
}
