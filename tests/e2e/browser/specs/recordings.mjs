// Recordings of terminals: what is there, playing with a time line, removing.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PROGRAM = process.env.CAPOS_BIN ?? resolve(import.meta.dirname, '../../../../target/debug/capos');

/** A node that records what terminals show. */
export const plan = {
  prepare(node) {
    const profile = execFileSync(PROGRAM, ['config', 'profile', 'shell'], { encoding: 'utf8' });
    mkdirSync(join(node.directory, 'services'), { mode: 0o700 });
    writeFileSync(join(node.directory, 'services', 'shell.toml'), `${profile}\n[settings]\nrecording = "on"\n`, { mode: 0o600 });
  },
};

export default async (t) => {
  const { page } = t;
  const lines = () => page.evaluate(() => [...document.querySelectorAll('.terminal-row')].map((row) => row.textContent));
  const shows = (wanted) => t.until(async () => (await lines()).some((line) => wanted.test(line)), `it shows ${wanted}`);
  const hides = (wanted) => t.until(async () => !(await lines()).some((line) => wanted.test(line)), `it does not show ${wanted}`);
  const label = (wanted) => t.until(async () => (await t.by(page, 'replay-play').textContent())?.includes(wanted), `the button says ${wanted}`);

  t.mayHide('password-show', 'the sign-in’s own spec clicks it');

  // Nothing was recorded yet.
  await t.signIn(page, 'bob');
  await t.click(page, 'rail-terminals');
  await t.click(page, 'terminal-recordings');
  await t.by(page, 'recordings-open-terminal').waitFor();
  await t.shots(page, 'nothing');

  // A terminal that is recorded says so.
  await t.click(page, 'recordings-open-terminal');
  await shows(/\$ *$/);
  await page.locator('.terminal-bar .badge', { hasText: 'Recorded' }).waitFor();
  await page.keyboard.type("echo first; sleep 1; printf '\\033]52;c;aG9zdGlsZQ==\\007\\033[31mred\\033[0m <img src=x>\\n'; sleep 3; echo last; sleep 1; exit\n");
  await page.getByText('The program has ended.').waitFor();
  await t.click(page, 'terminal-close-ended');
  await t.click(page, 'terminal-recordings');
  await t.by(page, 'recording-play').waitFor();
  await t.until(async () => (await page.locator('tr', { hasText: 'Whole' }).count()) === 1);
  await t.shots(page, 'list');

  // It is played as it was: nothing of it acts, and time can be steered.
  await t.click(page, 'recording-play');
  await t.by(page, 'replay-play').waitFor();
  // (It is stopped at once: a machine that is slow would find it at its end later.)
  await t.click(page, 'replay-play');
  await label('Play');
  await page.waitForTimeout(200);
  const held = await t.by(page, 'replay-line').inputValue();
  await page.waitForTimeout(600);
  if ((await t.by(page, 'replay-line').inputValue()) !== held) throw new Error('it goes on though it was stopped');
  await t.by(page, 'replay-speed').selectOption('4');
  await t.click(page, 'replay-play');
  await shows(/^first/);
  await shows(/^red <img src=x>/);
  await t.shots(page, 'replay');
  await label('Play again');
  await seek(0);
  await hides(/^red <img/);
  await t.by(page, 'replay-idle').check();
  await t.by(page, 'replay-speed').selectOption('2');
  await t.click(page, 'replay-play');
  await shows(/^last/);
  await label('Play again');
  await t.by(page, 'replay-idle').uncheck();
  await t.by(page, 'replay-speed').selectOption('1');
  await t.click(page, 'replay-play');
  await label('Pause');
  await seek(1e9);
  await label('Play again');
  await shows(/^last/);
  await t.by(page, 'replay-line').focus();
  await page.keyboard.press('Home');
  await hides(/^last/);
  await t.click(page, 'replay-back');

  // One that is gone is not played, and one that is not wanted is removed after a question.
  const address = page.url();
  t.mayFail(/status of 404/);
  await page.goto(`${t.node.url}#/terminals/recordings/0123456789abcdef`);
  await t.click(page, 'replay-list');
  await page.goto(address);
  await t.click(page, 'recording-remove');
  await t.click(page, 'dialog-cancel');
  await t.click(page, 'recording-remove');
  await t.click(page, 'recording-remove-now');
  await t.by(page, 'recordings-open-terminal').waitFor();
  await t.click(page, 'recordings-back');
  await t.by(page, 'terminal-open').waitFor();
  for (const test of ['terminal-open', 'terminal-open-with', 'terminal-tab', 'terminal-close', 'terminal-select', 'terminal-find', 'terminal-aloud', 'terminal-split-row', 'terminal-split-column', 'terminal-reopen', 'terminal-another', 'terminal-fit', 'terminal-close-now']) {
    t.mayHide(test, 'the terminals’ own spec clicks it');
  }

  async function seek(to) {
    await t.by(page, 'replay-line').evaluate((line, wanted) => {
      line.value = String(wanted);
      line.dispatchEvent(new Event('input', { bubbles: true }));
      line.dispatchEvent(new Event('change', { bubbles: true }));
    }, to);
  }
};
