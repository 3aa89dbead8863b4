// Who has no window open any more leaves the chat soon, and is back under the same name with the next window.

export const plan = { crosses: true };

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of 40[14]|ERR_/);
  await enter(t, page, 'alice', 'ada');
  const bob = await t.person();
  await enter(t, bob, 'bob', 'robert');
  const lines = (test, text) => t.by(page, `chat-${test}`).filter({ hasText: text });
  await lines('joined', 'robert is here').waitFor({ state: 'attached' });

  // A page that is loaded anew leaves nothing.
  await bob.reload();
  await t.by(bob, 'chat-input').waitFor();
  // What he sees he has read, once the node knows so.
  const read = bob.waitForResponse((answer) => answer.url().endsWith('/api/do/chat/read'));
  await say(t, page, 'are you there?');
  await said(t, bob, 'are you there?').waitFor();
  await read;
  if (await lines('left', 'robert').count()) throw new Error('a page that is loaded anew is taken for one that went');

  // The last window shows something else.
  const began = Date.now();
  await bob.goto('about:blank');
  await lines('left', 'robert has gone').waitFor({ state: 'attached' });
  const took = Date.now() - began;
  t.note('last window gone until others are told so', took);
  if (took < 10000) throw new Error('a page that is slow to load would have left');
  await say(t, page, 'said to nobody');

  // With it he is back under his name, whatever it shows, and what was said meanwhile is to be read.
  await bob.goto(`${t.node.url}#/session`);
  await t.by(bob, 'rail-session').waitFor();
  await t.until(async () => await lines('joined', 'robert is here').count() === 2, 'he is back');
  await t.until(async () => (await t.by(bob, 'rail-chat').locator('.count').textContent()) === '1', 'it is counted');
  await t.click(bob, 'rail-chat');
  await t.click(bob, 'chat-first');
  await said(t, bob, 'said to nobody').waitFor();
  await t.by(bob, 'chat-system').filter({ hasText: 'you are here again' }).waitFor({ state: 'attached' });
  await say(t, bob, 'I have read it');
  await said(t, page, 'I have read it').waitFor();

  // Closed for good, he goes as well.
  await bob.close();
  await t.until(async () => await lines('left', 'robert has gone').count() === 2, 'he has gone');
};

async function enter(t, page, account, handle) {
  await t.signIn(page, account);
  await t.click(page, 'rail-chat');
  await t.click(page, 'chat-first');
  await t.by(page, 'chat-join-handle').fill(handle);
  await t.click(page, 'chat-join');
  await t.by(page, 'chat-input').waitFor();
}

function said(t, page, text) {
  return t.by(page, 'chat-text').filter({ hasText: text });
}

async function say(t, page, text) {
  await t.by(page, 'chat-input').fill(text);
  await t.click(page, 'chat-send');
  await said(t, page, text).waitFor();
}
