// Terminals: opening, typing, what programs draw, scrolling, searching, selecting, copying, pasting, panes, hostile output.

import { execFileSync } from 'node:child_process';

/** The lines in view of the pane with that number. */
const lines = (page, pane = 0) => page.evaluate((at) => [...document.querySelectorAll('.terminal-pane')][at]
  ? [...[...document.querySelectorAll('.terminal-pane')][at].querySelectorAll('.terminal-row')].map((row) => row.textContent) : [], pane);

/** Lets a test say later that what the server says under a path arrives late: by `window.late[path]` milliseconds. */
const delayable = (page) => page.evaluate(() => {
  window.late = {};
  const plain = window.fetch;
  window.fetch = async (...given) => {
    const answer = await plain(...given);
    const wait = () => new Promise((done) => setTimeout(done, window.late[String(given[0]).split('?')[0]] ?? 0));
    const later = new TransformStream({ async transform(piece, to) { await wait(); to.enqueue(piece); } });
    return answer.body ? new Response(answer.body.pipeThrough(later), { status: answer.status, headers: answer.headers }) : answer;
  };
});

export default async (t) => {
  const { page } = t;
  const shows = (wanted, pane = 0, on = page) => t.until(async () => (await lines(on, pane)).some((line) => (wanted instanceof RegExp ? wanted.test(line) : line.includes(wanted))), `the terminal shows ${wanted}`);
  const prompt = (on = page, pane = 0) => t.until(async () => /\$ *$/.test((await lines(on, pane)).filter((line) => line.trim()).at(-1) ?? ''), 'a prompt');
  /** Keys go to the terminal in that pane: not while a dialog closes, or another pane has them. */
  const keyed = (on = page, pane = 0) => on.locator('.terminal-pane').nth(pane).and(on.locator('.focused')).waitFor();
  const run = async (command, pane = 0) => {
    await keyed(page, pane);
    await page.keyboard.type(`${command}\n`);
  };
  const clear = async () => { await prompt(); await run('clear'); await t.until(async () => (await lines(page)).filter((line) => line.trim()).length === 1, 'a clear screen'); };

  t.mayHide('password-show', 'the sign-in’s own spec clicks it');

  // Nothing is open at first; what cannot be opened says why, in place.
  await delayable(page);
  await t.signIn(page, 'bob');
  await t.click(page, 'rail-terminals');
  await t.by(page, 'terminal-open-with').waitFor();
  await t.shots(page, 'empty');
  await t.click(page, 'terminal-open-with');
  t.mayFail(/status of 4\d\d/);
  await t.by(page, 'terminal-command').fill('no-such-program --at all');
  await page.keyboard.press('Enter');
  await page.locator('dialog .problem').filter({ hasText: 'there is no such program' }).waitFor();
  await t.by(page, 'terminal-command').fill('sh -c "unclosed');
  await t.click(page, 'terminal-open-now');
  await page.getByText('A quotation mark is not closed.').waitFor();
  await t.click(page, 'dialog-cancel');

  // What can be seen of the first terminal has the keys, whichever comes first: the answer to its opening, or the news that it is there.
  for (const late of [{ '/api/events': 400 }, { '/api/do/terminals/open': 3000 }]) {
    await page.evaluate((which) => { window.late = which; }, late);
    await t.click(page, 'terminal-open');
    await prompt();
    await page.keyboard.type('exit\n');
    await t.click(page, 'terminal-close-ended');
    await page.getByText('No terminal is open.').waitFor();
  }
  await page.evaluate(() => { window.late = {}; });

  // A login shell, and a first command with letters of all kinds.
  await t.click(page, 'terminal-open');
  await prompt();
  await keyed();
  await page.keyboard.type('echo grüße 世界 👩‍👩‍👧 é $((6*7))\n');
  await shows('grüße 世界 👩‍👩‍👧 é 42');

  // Columns stay where they are behind wide letters and boxes.
  await clear();
  await run("printf '世界│x\\nabcd│x\\n'");
  await shows(/^abcd│x/);
  const edges = await page.evaluate(() => [...document.querySelectorAll('.terminal-row')].filter((row) => row.textContent.endsWith('│x')).slice(-2).map((row) => row.lastChild).map((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect().right;
  }));
  if (edges.length !== 2 || Math.abs(edges[0] - edges[1]) > 0.5) throw new Error(`wide letters move what follows: ${edges}`);

  // The grid follows the pane.
  await clear();
  await settled();
  const before = await size();
  await page.setViewportSize({ width: 900, height: 600 });
  await t.until(async () => (await size()) !== before, 'another size');
  await settled();
  // (What the page says of the size may come before the program has it.)
  const [columns, rows] = (await size()).split('×');
  await run(`until [ "$(stty size)" = "${rows} ${columns}" ]; do sleep 0.1; done; echo fits`);
  await shows(/^fits$/);
  await page.setViewportSize({ width: 1280, height: 800 });
  await t.until(async () => (await size()) === before, 'the size before');
  await prompt();

  // A program that draws the whole screen: less, with its own screen, its keys, and the wheel as arrows.
  await clear();
  await run('seq 1 500 > numbers; less numbers');
  await shows(/^1$/);
  await page.keyboard.press('PageDown');
  await shows(/^5\d$/);
  await page.locator('.terminal-grid').hover();
  await page.mouse.wheel(0, 400);
  await page.keyboard.type('/450\n');
  await shows(/^450/);
  await page.keyboard.press('Home');
  await page.keyboard.type('g');
  await shows(/^1$/);
  await page.keyboard.type('q');
  await prompt();

  // An editor, where there is one, and arrow keys as it wants them.
  await clear();
  await run("sh -c 'printf \"\\033[?1htaking\\n\"; cat -v'");
  await shows(/^taking$/);
  for (const key of ['ArrowUp', 'F1', 'F5', 'Shift+Tab', 'Alt+x', 'Control+ArrowLeft', 'Delete', 'Insert', 'Shift+F5', 'Alt+Enter']) await page.keyboard.press(key);
  await page.keyboard.press('Enter');
  await shows('^[OA^[OP^[[15~^[[Z^[x^[[1;5D^[[3~^[[2~^[[15;2~^[');
  await page.keyboard.press('Control+c');
  await prompt();
  await run("printf '\\033[?1l'");
  await prompt();

  // A mouse, told as the program wants it.
  await clear();
  // (An interrupt ends `cat`, and the shell around it puts things back.)
  await run("sh -c 'trap : INT; stty -icanon -echo; printf \"\\033[?1002h\\033[?1006hready\"; cat -v; printf \"\\033[?1002l\\033[?1006l\\n\"; stty sane'");
  await shows(/^ready/);
  const grid = await page.locator('.terminal-grid').boundingBox();
  await page.mouse.move(grid.x + 3, grid.y + 3);
  await page.mouse.down();
  await page.mouse.move(grid.x + 60, grid.y + 3);
  await page.mouse.up();
  await page.mouse.wheel(0, 60);
  await page.mouse.click(grid.x + 3, grid.y + 3);
  await shows('^[[<0;1;1M^[[<32;');
  await page.keyboard.press('Control+c');
  await prompt();

  // What is hostile draws, and does nothing else.
  await clear();
  const title = await page.title();
  await run("printf '\\033]52;c;aG9zdGlsZQ==\\007\\033]0;<b>title</b>\\033]8;;javascript:alert(1)\\007x\\007\\033Pq#0\\033\\\\<img src=x onerror=alert(1)>\\342\\200\\256evil\\n'");
  await shows(/^x?<img src=x onerror=alert\(1\)>/);
  if ((await page.title()) !== title) throw new Error('a program changed the title of the page');
  if (await page.evaluate(() => document.querySelector('main img, main a[href^="javascript"]') !== null)) throw new Error('a program made elements');
  if ((await lines(page)).join('').includes('\u202e')) throw new Error('a program turned the direction of writing');

  // Colours and looks.
  await clear();
  await run("printf '\\033[1mbold\\033[0m \\033[3mitalic\\033[0m \\033[4munder\\033[0m \\033[7minverse\\033[0m \\033[9mstruck\\033[0m \\033[38;2;255;100;0mtrue\\033[0m\\n'; for i in $(seq 0 15); do printf \"\\033[38;5;${i}mc$i \\033[0m\\033[48;5;${i}m g \\033[0m\"; done; echo");
  await shows('c15');
  const look = (text) => page.evaluate((wanted) => {
    const span = [...document.querySelectorAll('.terminal-row span')].find((one) => one.textContent === wanted);
    const style = span && getComputedStyle(span);
    return style && [style.fontWeight, style.fontStyle, style.textDecorationLine, style.color].join(' ');
  }, text);
  for (const [text, wanted] of [['bold', /^700/], ['italic', /italic/], ['under', /underline/], ['struck', /line-through/], ['true', /rgb\(255, 100, 0\)/]]) {
    if (!wanted.test(await look(text))) throw new Error(`${text} looks like ${await look(text)}`);
  }
  await t.shots(page, 'terminal');
  await page.locator('.terminal-grid').click();

  // Thousands of lines above the screen, by wheel, keys and search.
  await clear();
  await run('seq 1 10000; echo needle; seq 1 60; echo after');
  await shows(/^after/);
  await prompt();
  await page.keyboard.press('Shift+PageUp');
  await shows('needle');
  await page.keyboard.press('Shift+Home');
  await t.until(async () => (await lines(page)).filter((line) => /^\d+$/.test(line)).length > 10, 'the oldest lines');
  await page.locator('.terminal-grid').hover();
  await page.mouse.wheel(0, 2000);
  await page.keyboard.press('Control+Shift+F');
  await t.by(page, 'terminal-find-text').fill('NEEDLE');
  await page.getByText(/1 of [12]$|2 of 2$/).waitFor();
  await shows('needle');
  await t.by(page, 'terminal-find-text').fill('5000');
  await page.getByText('1 of 1').waitFor();
  await shows(/^5000$/);
  await t.by(page, 'terminal-find-text').fill('99');
  await page.getByText(/ of \d+$/).waitFor();
  await t.click(page, 'terminal-find-earlier');
  await t.click(page, 'terminal-find-later');
  await t.by(page, 'terminal-find-text').fill('NEEDLE');
  await t.by(page, 'terminal-find-exact').check();
  await page.getByText('Nothing found').waitFor();
  await t.shots(page, 'search');
  await t.click(page, 'terminal-find-close');
  await run('echo back');
  await shows(/^back$/);

  // Selecting and copying: a word by mouse, a stretch by keys.
  await clear();
  await page.context().grantPermissions(['clipboard-write']);
  await run('echo first-word second');
  await shows(/^first-word second/);
  await prompt();
  const row = page.locator('.terminal-row', { hasText: /^first-word second/ });
  const spot = await row.boundingBox();
  await page.mouse.dblclick(spot.x + 20, spot.y + 5);
  await t.by(page, 'terminal-copy').waitFor();
  await t.click(page, 'terminal-copy');
  await clipboard('first-word');
  await page.mouse.move(spot.x + 1, spot.y + 5);
  await page.mouse.down();
  await page.mouse.move(spot.x + 300, spot.y + 5, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.press('Control+Shift+C');
  await clipboard('first-word second');
  await t.click(page, 'terminal-select');
  await page.getByText('Enter copies').waitFor();
  await keyed();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+End');
  await page.keyboard.press('Enter');
  await clipboard('first-word second');

  // Pasting: one line at once, several after a question.
  await clear();
  await paste('echo pasted');
  await keyed();
  await page.keyboard.press('Enter');
  await shows(/^pasted$/);
  await prompt();
  await paste('echo one\necho two');
  await t.by(page, 'terminal-paste').waitFor();
  await t.click(page, 'dialog-cancel');
  await t.by(page, 'terminal-paste').waitFor({ state: 'detached' });
  await paste('echo one\necho two\x1b[201~');
  await t.click(page, 'terminal-paste');
  await t.by(page, 'terminal-paste').waitFor({ state: 'detached' });
  await keyed();
  await page.keyboard.press('Enter');
  await shows(/^one$/);
  await shows(/^two/);

  // Compositions and dead keys arrive as what they became.
  await clear();
  await keyed();
  await page.keyboard.insertText('echo 漢字é');
  await page.keyboard.press('Enter');
  await shows(/^漢字é/);

  // Nothing of what is typed fast is lost, doubled or reordered.
  await clear();
  // (A line editor that is not done with its line leaves what is typed ahead as it is, carriage returns and all: so it waits until the program runs.)
  await run('echo taking; cat > typed');
  await shows(/^taking$/);
  const text = Array.from({ length: 40 }, (_, at) => `line-${at}-abcdefghijklmnop`).join('\n');
  await page.keyboard.type(`${text}\n`);
  await page.keyboard.press('Control+d');
  await prompt();
  await run(`cmp typed - <<< '${text}' && echo same`);
  await shows(/^same$/);

  // What writes without end does not hold up the page.
  await run('yes');
  await shows(/^y$/);
  const took = await page.evaluate(() => new Promise((done) => {
    let count = 0;
    const began = performance.now();
    const tick = () => { count += 1; if (count < 30) requestAnimationFrame(tick); else done(performance.now() - began); };
    requestAnimationFrame(tick);
  }));
  t.note('pictures in a second while a program writes without end', (30000 / took).toFixed(0));
  // Machines differ; a page that is held up has none for much longer.
  if (took > 30000) throw new Error(`30 pictures took ${took} ms while a program wrote without end`);
  await page.keyboard.press('Control+c');
  await prompt();

  // For people who hear it.
  await t.click(page, 'terminal-aloud');
  await run('echo heard');
  await t.until(async () => (await t.by(page, 'terminal-read').textContent()).includes('heard'));
  await t.click(page, 'terminal-aloud');

  // The keys are given back to the page.
  await t.click(page, 'terminal-find');
  await t.by(page, 'terminal-find-text').and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Escape');
  await keyed();
  await page.keyboard.press('Control+Shift+Escape');
  await t.until(() => page.evaluate(() => document.activeElement?.getAttribute('data-test') === 'terminal-tab'));

  // Two panes.
  await t.click(page, 'terminal-split-row');
  await t.click(page, 'terminal-open-beside');
  await t.until(async () => (await page.locator('.terminal-pane:not(.vacant)').count()) === 2);
  await prompt(page, 1);
  await run('echo beside', 1);
  await shows(/^beside/, 1);
  await t.shots(page, 'panes');
  await t.click(page, 'terminal-split-none');
  await t.click(page, 'terminal-split-column');
  await t.until(async () => (await page.locator('.terminal-pane:not(.vacant)').count()) === 2);
  await t.click(page, 'terminal-split-none');
  await t.click(page, 'terminal-tab');

  // Another window shows the same, and what is typed in either.
  const other = await t.window(page);
  await other.goto(`${t.node.url}#/terminals`);
  await t.by(other, 'terminal-tab').first().click();
  await prompt(other);
  await keyed(other);
  await other.keyboard.type('echo from-the-other\n');
  await shows(/^from-the-other/);
  await shows(/^from-the-other/, 0, other);
  await other.setViewportSize({ width: 800, height: 500 });
  await t.by(page, 'terminal-fit').first().waitFor();
  await t.click(page, 'terminal-fit');
  await other.close();

  // A phone.
  await page.setViewportSize({ width: 320, height: 640 });
  await settled();
  await page.locator('.terminal-grid').click();
  await run('echo narrow');
  await shows(/^narrow/);
  await page.setViewportSize({ width: 1280, height: 800 });
  await settled();

  // The end of a program, of a terminal, and of the service.
  await page.locator('.terminal-grid').click();
  await run('exit 3');
  await page.getByText('The program has ended with status 3.').waitFor();
  await t.shots(page, 'ended');
  await t.click(page, 'terminal-reopen');
  await prompt();
  const chosen = () => page.locator('[data-test="terminal-tab"][aria-selected="true"]').getAttribute('data-key');
  const shown = await chosen();
  await t.click(page, 'terminal-open');
  await t.until(async () => await chosen() !== shown, 'the new one is shown');
  await t.until(async () => (await lines(page)).filter((line) => line.trim()).length === 1, 'a screen with a prompt alone');
  await prompt();
  await run('exit');
  await page.getByText('The program has ended.').waitFor();
  const closes = async (close) => {
    const count = await t.by(page, 'terminal-tab').count();
    await close();
    await t.until(async () => (await t.by(page, 'terminal-tab').count()) < count, 'it is not listed any more');
  };
  await closes(() => t.click(page, 'terminal-close-ended'));
  while (await t.by(page, 'terminal-tab').count() > 1) {
    await closes(async () => {
      await t.click(page, 'terminal-close');
      await t.click(page, 'terminal-close-now');
    });
  }
  t.mayFail(/status of 50\d.*terminals/);
  t.mayHide('terminal-recordings', 'the spec of recordings clicks it');
  t.mayHide('terminal-another', 'shown of terminals that others opened');
  t.mayHide('terminal-dismiss', 'shown beside a refusal');
  for (const pid of t.node.processes('capos-shell').concat(t.node.processes('bundled:shell'), t.node.processes('shell'))) {
    try { execFileSync('kill', ['-9', String(pid)]); } catch { /* it went with another */ }
  }
  await page.getByText('This terminal is not there any more').waitFor();
  await t.click(page, 'terminal-reopen');
  await prompt();

  function size() {
    return page.locator('.terminal-size').first().textContent();
  }

  /** The pane and its terminal have come to one size. */
  async function settled() {
    await page.waitForTimeout(150);
    await t.until(async () => !(await t.by(page, 'terminal-fit').first().isVisible()), 'one size');
  }

  /** The page may not read the clipboard itself: what it puts there is noted on the way. */
  async function clipboard(wanted) {
    await t.until(async () => (await page.evaluate(() => window.__copied)) === wanted, `the clipboard has ${wanted}`);
    await page.evaluate(() => { window.__copied = undefined; });
    await page.getByText('leaves the terminal').first().waitFor();
  }

  async function paste(text) {
    await page.locator('.terminal-keys').first().evaluate((field, given) => {
      const data = new DataTransfer();
      data.setData('text/plain', given);
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);
  }
};
