// The main stories without a mouse: signing in, finding a view, playing, talking, a terminal, signing out.

export const plan = { crosses: true };

export default async (t) => {
  const { page } = t;
  const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-test') ?? '');
  /** Tab by tab to an element; each stop on the way is to be seen. */
  const reach = async (test, key) => {
    for (let stops = 0; stops < 150; stops += 1) {
      const at = await page.evaluate(() => {
        const one = document.activeElement;
        const style = one && getComputedStyle(one);
        const seen = !one || one === document.body || one.id === 'view' || style.outlineStyle !== 'none' || style.boxShadow !== 'none' || one.closest('label, .field, .search, .secret') !== null;
        return { test: one?.getAttribute('data-test'), key: one?.getAttribute('data-key'), seen, what: one?.outerHTML.slice(0, 120) };
      });
      if (!at.seen) throw new Error(`the focus is not to be seen on ${at.what}`);
      if (at.test === test && (!key || at.key === key)) return;
      await press('Tab');
    }
    throw new Error(`no tab leads to ${test}`);
  };
  /** Finds something in the palette, and takes it. */
  const find = async (words) => {
    await press('Control+k');
    await page.locator('dialog[open]').waitFor();
    await t.by(page, 'palette-input').and(page.locator(':focus')).waitFor();
    await page.keyboard.type(words);
    await t.by(page, 'palette-option').first().filter({ hasText: words }).waitFor();
    await press('Enter');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
  };

  // The name has the focus as soon as there is a page.
  await t.by(page, 'account').waitFor();
  await t.until(async () => await focused() === 'account', 'the name has the focus');
  await page.keyboard.type('bob');
  await press('Tab');
  await reach('password');
  await page.keyboard.type(t.accounts.find((one) => one.name === 'bob').password);
  await press('Enter');
  await t.by(page, 'rail-session').or(t.by(page, 'profile')).first().waitFor();
  if (await t.by(page, 'profile').count()) await press('Enter');
  await t.by(page, 'rail-session').waitFor();

  // A world, walked through.
  await find('Adventure');
  await page.waitForFunction(() => document.querySelector('main')?.dataset.view === 'adventure');
  await reach('adventure-open');
  await press('Enter');
  await t.by(page, 'adventure-title').waitFor();
  await reach('adventure-exit', 'north');
  await press('Enter');
  await t.until(async () => await t.by(page, 'adventure-title').textContent() === 'Market Square', 'it has walked');
  await reach('adventure-thing', 'peddler');
  await press('Space');
  await reach('adventure-do', 'inspect');
  await press('Enter');
  await t.by(page, 'adventure-said').waitFor();

  // A word in the chat.
  await find('Chat');
  await t.by(page, 'chat-channel').first().waitFor();
  await reach('chat-channel');
  await press('Enter');
  await t.by(page, 'chat-join-handle').last().waitFor();
  await t.by(page, 'chat-join-handle').last().focus();
  await page.keyboard.type('bob');
  await press('Enter');
  await t.by(page, 'chat-input').waitFor();
  await reach('chat-input');
  await page.keyboard.type('a word without a mouse');
  await press('Enter');
  await t.until(async () => (await t.by(page, 'chat-log').textContent()).includes('a word without a mouse'), 'it is said');

  // A terminal.
  await find('Terminals');
  await t.by(page, 'terminal-open').waitFor();
  await reach('terminal-open');
  await press('Enter');
  await page.locator('.terminal-pane.focused .terminal-row').filter({ hasText: /\$ *$/ }).first().waitFor();
  await page.keyboard.type('echo with $((40 + 2)) keys\n');
  await t.until(async () => (await page.locator('.terminal-grid').first().textContent()).includes('with 42 keys'), 'it is typed into');

  // And out again: of the terminal, which has all keys but this one, and by the palette.
  await press('Shift+F6');
  await find('Sign out');
  await t.by(page, 'account').waitFor();
};
