// Typing that is more than keys: compositions, dead keys, letters of every direction, fingers; and programs that have
// the whole screen.

export const plan = { crosses: true };

const rows = (page) => page.evaluate(() => [...document.querySelectorAll('.terminal-pane .terminal-row')].map((row) => row.textContent));

/** A terminal in a page, with what is done to it again and again. */
async function open(t, page) {
  await page.evaluate(() => { location.hash = '#/terminals/new'; });
  const filled = async () => (await rows(page)).filter((row) => row.trim());
  const it = {
    shows: (wanted) => t.until(async () => (await rows(page)).some((row) => (wanted instanceof RegExp ? wanted.test(row) : row.includes(wanted))), `the terminal shows ${wanted}`),
    prompt: () => t.until(async () => /\$ *$/.test((await filled()).at(-1) ?? ''), 'a prompt'),
    run: (command) => page.keyboard.type(`${command}\n`),
    lines: filled,
    clear: async () => {
      await it.prompt();
      await it.run('clear');
      await t.until(async () => (await filled()).length === 1, 'a clear screen');
    },
  };
  await page.locator('.terminal-pane.focused').waitFor();
  await it.prompt();
  return it;
}

export default async (t) => {
  const { page } = t;
  await t.signIn(page, 'bob');
  const terminal = await open(t, page);
  await composing(t, page, terminal);
  await directions(t, page, terminal);
  await wholeScreens(t, page, terminal);
  await t.click(page, 'terminal-close');
  await t.click(page, 'terminal-close-now');
  await fingers(t);
  await withoutMotion(t);
};

/** What a person composes is theirs until it is done; then it arrives once. */
async function composing(t, page, { shows, clear, run, lines, prompt }) {
  const cdp = await page.context().newCDPSession(page);
  const compose = (text) => cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  const field = page.locator('.terminal-keys');
  const isComposing = async (text) => t.until(() => field.evaluate((one, wanted) => one.value === wanted && one.classList.contains('composing'), text), `${text} is being composed`);

  await clear();
  await page.keyboard.type('echo ');
  await shows(/\$ echo/);
  for (const text of ['n', 'に', 'にh', 'にほ', 'にほん']) await compose(text);
  await isComposing('にほん');
  const box = await field.boundingBox();
  if (box.width < 20) throw new Error('what is composed is not to be seen');
  // Nothing of it is the program's yet, and keys that belong to it are not either.
  await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', windowsVirtualKeyCode: 229, key: 'Process', code: 'ArrowUp' });
  if ((await lines()).some((line) => /[nにほ]$/.test(line.trim()) && line.includes('echo'))) throw new Error('a letter was sent before it was chosen');
  await cdp.send('Input.insertText', { text: '日本語' });
  await page.keyboard.press('Enter');
  await shows(/^日本語$/);

  // One that is given up leaves nothing.
  await clear();
  await page.keyboard.type('echo [');
  await compose('かな');
  await isComposing('かな');
  await compose('');
  await page.keyboard.type(']\n');
  await shows(/^\[\]$/);

  // A dead key, a letter of a long press, and what has several parts.
  await clear();
  await page.keyboard.type('echo ');
  await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', windowsVirtualKeyCode: 222, key: 'Dead', code: 'Quote' });
  await compose('´');
  await cdp.send('Input.insertText', { text: 'é' });
  for (const text of ['ñ', '👍🏽', '🇯🇵', '👩‍👩‍👧', 'ก็']) await cdp.send('Input.insertText', { text });
  await page.keyboard.press('Enter');
  await shows(/^éñ👍🏽🇯🇵👩‍👩‍👧ก็$/);

  // What goes away while something is composed takes it with it.
  await clear();
  await page.keyboard.type('echo <');
  await compose('はん');
  await isComposing('はん');
  await t.by(page, 'palette-open').focus();
  await page.locator('.terminal-grid').click();
  await t.until(() => field.evaluate((one) => one.value === '' && !one.classList.contains('composing')), 'nothing is composed');
  await page.keyboard.press('Control+u');
  await run('echo done');
  await shows(/^done$/);
  await prompt();
}

/** Letters that are written from right to left stay in the columns that the program put them in. */
async function directions(t, page, { shows, clear, run }) {
  for (const word of ['שלום', 'مرحبا', 'שלום 123 :(']) {
    await clear();
    await run(`printf '%s│x\\n%s│x\\n' '${word}' '${'a'.repeat([...word].length)}'`);
    await shows(/^a+.*│x/);
    await shows(new RegExp(`^${word.replace(/[(]/g, '\\(')}│x`));
    const edges = await page.evaluate(() => [...document.querySelectorAll('.terminal-row')].filter((row) => row.textContent.trimEnd().endsWith('│x')).slice(-2).map((row) => {
      const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const at = node.data.lastIndexOf('│');
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        return range.getBoundingClientRect().left;
      }
      return undefined;
    }));
    if (edges.length !== 2 || !(Math.abs(edges[0] - edges[1]) <= 0.5)) throw new Error(`${word} moves what follows: ${edges}`);
  }
}

/** Programs with a screen of their own: what was there before is there again afterwards. */
async function wholeScreens(t, page, { shows, clear, run, lines, prompt }) {
  const size = () => page.locator('.terminal-size').first().textContent();
  const resized = async (viewport) => {
    const before = await size();
    await page.setViewportSize(viewport);
    await t.until(async () => (await size()) !== before, 'another size');
  };
  await clear();
  await run('for one in vi less top; do command -v $one >/dev/null && printf "[%s]" $one; done; echo ":fo"und');
  await shows(/^\S*:found *$/);
  const found = (await lines()).find((line) => /^\S*:found$/.test(line.trim())) ?? '';
  t.note('programs with a screen of their own that there are', found.replace(':found', '') || 'none');

  await clear();
  await run('echo what was before');
  await shows(/^what was before$/);
  if (found.includes('[vi]')) {
    await run('vi note.txt');
    await shows(/^~/);
    if ((await lines()).some((line) => line.startsWith('what was before'))) throw new Error('an editor has no screen of its own');
    await page.keyboard.type('ifirst line\nsecond, grüße\n');
    await shows(/^second, grüße/);
    await resized({ width: 700, height: 500 });
    await t.until(async () => (await lines()).filter((line) => /^~/.test(line)).length > 3, 'it is drawn anew');
    await shows(/^first line/);
    await page.keyboard.type('third');
    await shows(/^third/);
    await resized({ width: 1280, height: 800 });
    await shows(/^third/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.type('ddp:wq\n');
    await prompt();
    await shows(/^what was before$/);
    if ((await lines()).some((line) => /^~$/.test(line.trim()))) throw new Error('the screen of an editor stays');
    await run('cat note.txt');
    await shows(/^second, grüße/);
    const kept = (await lines()).filter((line) => /^(first line|second, grüße|third)\s*$/.test(line)).map((line) => line.trim());
    if (kept.join() !== 'second, grüße,first line,third') throw new Error(`what was saved is ${kept}`);
  }
  if (found.includes('[less]')) {
    await run('seq 1 300 | less');
    await shows(/^1$/);
    await page.keyboard.press('End');
    await page.keyboard.type('G');
    await shows(/^300$/);
    // On a smaller screen the first of its lines stays the first.
    await resized({ width: 700, height: 500 });
    await page.keyboard.type('G');
    await shows(/^300$/);
    await resized({ width: 1280, height: 800 });
    await page.keyboard.type('q');
    await prompt();
    await shows(/^what was before$/);
  }
  if (found.includes('[top]')) {
    await run('top');
    await shows(/PID/);
    await resized({ width: 700, height: 500 });
    await shows(/PID/);
    await page.keyboard.type('q');
    await prompt();
    await resized({ width: 1280, height: 800 });
  }
}

/** A phone: keys that its keyboard does not have, and room for them. */
async function fingers(t) {
  const phone = await t.person({ viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
  await t.signIn(phone, 'bob');
  const { shows, run, prompt, clear, lines } = await open(t, phone);
  const tap = (key) => t.by(phone, 'terminal-key', `[data-key="${key}"]`).tap();
  const has = (key, is) => t.until(async () => await t.by(phone, 'terminal-key', `[data-key="${key}"]`).getAttribute('aria-pressed') === String(is), `${key} is ${is ? '' : 'not '}held`);
  const inField = () => phone.evaluate(() => document.activeElement?.classList.contains('terminal-keys'));
  const over = await phone.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) throw new Error(`a phone has ${over} px to the side`);

  // Tab completes, arrows go back in what was typed, and the keyboard stays.
  await run('echo first-$((40+2)) > some-long-name');
  await prompt();
  await phone.keyboard.type('cat some-l');
  await shows(/cat some-l/);
  await tap('Tab');
  await shows(/cat some-long-name/);
  if (!await inField()) throw new Error('a key took the focus');
  await phone.keyboard.press('Enter');
  await shows(/^first-42/);
  await prompt();
  await tap('ArrowUp');
  await shows(/\$ cat some-long-name *$/);
  await tap('ArrowDown');
  await prompt();
  await phone.keyboard.type('echo xz');
  await shows(/echo xz/);
  await tap('ArrowLeft');
  await phone.keyboard.insertText('y');
  await tap('ArrowRight');
  await phone.keyboard.press('Enter');
  await shows(/^xyz/);

  // Ctrl is held for one letter, which comes as text, as a key, or as the beginning of a word.
  await clear();
  const cdp = await phone.context().newCDPSession(phone);
  const letters = {
    text: () => phone.keyboard.insertText('c'),
    key: () => phone.keyboard.press('c'),
    word: () => cdp.send('Input.imeSetComposition', { text: 'c', selectionStart: 1, selectionEnd: 1 }),
  };
  for (const [how, send] of Object.entries(letters)) {
    await run(`echo taking ${how}; sleep 600; echo not-${how}`);
    await shows(new RegExp(`^taking ${how}$`));
    await tap('Ctrl');
    await has('Ctrl', true);
    await send();
    await has('Ctrl', false);
    await prompt();
    if (!await inField()) throw new Error('a held key took the focus');
    if ((await lines()).some((line) => line.startsWith('not-'))) throw new Error(`${how}: it was not interrupted`);
  }
  await tap('Ctrl');
  await tap('Ctrl');
  await has('Ctrl', false);
  await phone.keyboard.type('echo one two');
  await shows(/echo one two/);
  await tap('Alt');
  await tap('ArrowLeft');
  await has('Alt', false);
  await phone.keyboard.insertText('and ');
  await phone.keyboard.press('Enter');
  await shows(/^one and two/);

  // Those that are needed less are behind another, and each does what it says.
  await clear();
  await run('echo taking; cat -v');
  await shows(/^taking$/);
  await tap('More');
  for (const key of ['Home', 'End', 'PageUp', 'PageDown', 'Delete', '|', '/', '~', '-', 'Escape']) await tap(key);
  await phone.keyboard.press('Enter');
  await shows('^[[H^[[F^[[5~^[[6~^[[3~|/~-^[');
  await t.shots(phone, 'fingers');
  await phone.setViewportSize({ width: 320, height: 640 });
  await tap('More');
  await t.by(phone, 'terminal-key', '[data-key="Home"]').waitFor({ state: 'hidden' });

  // With a keyboard on the screen, the terminal has what is left.
  await phone.locator('.terminal-grid').tap();
  await phone.setViewportSize({ width: 320, height: 330 });
  await t.until(async () => !(await t.by(phone, 'rail-terminals').isVisible()), 'there is room');
  const room = await phone.locator('.terminal-scroll').boundingBox();
  if (room.height < 150) throw new Error(`a terminal has ${room.height} px beside the keyboard`);
  await phone.setViewportSize({ width: 320, height: 640 });
  await tap('More');
  await tap('Done');
  if (await inField()) throw new Error('the keyboard stays');
  await t.by(phone, 'rail-terminals').waitFor();
  await phone.context().close();
}

/** Who wants no motion has none; and what ends or fails is said aloud, once. */
async function withoutMotion(t) {
  const page = await t.person({ reducedMotion: 'reduce' });
  await t.by(page, 'account').waitFor();
  const moving = () => page.evaluate(() => document.getAnimations().map((one) => Number(one.effect?.getComputedTiming().duration ?? 0)).filter((time) => time > 10));
  if ((await moving()).length) throw new Error('something moves at the sign-in');
  t.mayFail(/status of 40[13]/);
  await t.by(page, 'account').fill('carol');
  await t.by(page, 'password').fill('not that');
  await t.click(page, 'sign-in');
  await page.getByRole('alert').filter({ hasText: 'Check name and password' }).waitFor();
  await t.by(page, 'password').fill(t.accounts.find((one) => one.name === 'carol').password);
  await page.keyboard.press('Enter');
  await t.by(page, 'sign-out').waitFor();
  if ((await moving()).length) throw new Error('something moves in the workspace');
  // A session that is over without its person is an alert, and what describes the field that has the focus.
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  await page.reload();
  await page.getByRole('alert').filter({ hasText: 'Your session is over' }).waitFor();
  const cdp = await page.context().newCDPSession(page);
  const { nodes } = await cdp.send('Accessibility.getFullAXTree');
  const name = nodes.find((node) => node.role?.value === 'textbox' && node.name?.value === 'Name');
  if (!/Your session is over/.test(name?.description?.value ?? '')) throw new Error(`the name is described by ${JSON.stringify(name?.description)}`);
  if (cookies.length === 0) throw new Error('there was no cookie to take away');
  await page.context().close();
}
