// A service that says what no person should be shown as it is: markup, escapes, characters that reorder, a megabyte in a line.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');
const PYTHON = process.env.CAPOS_E2E_PYTHON ?? join(REPOSITORY, 'target/e2e-python/bin/python');

export const plan = {
  crosses: true,
  config: (node) => {
    const asked = execFileSync(PYTHON, ['-c', 'import sys; print(sys.prefix); print(sys.base_prefix)'], { encoding: 'utf8' });
    const [script, schemas] = [join(REPOSITORY, 'tests/e2e/python'), join(REPOSITORY, 'crates/schema/schema')];
    const read = [...asked.trim().split('\n'), script, schemas].map((path) => JSON.stringify(path)).join(', ');
    mkdirSync(join(node.directory, 'services'), { recursive: true });
    writeFileSync(join(node.directory, 'services/hostile.toml'), `id = "hostile"
label = "A <b>service</b>"
summary = "Says <script>window.broken=1</script> what it should not."
program = ${JSON.stringify(PYTHON)}
arguments = [${JSON.stringify(join(script, 'hostile.py'))}]
environment = { CAPOS_SCHEMA = ${JSON.stringify(schemas)}, PYTHONDONTWRITEBYTECODE = "1" }
isolation = "shared"
start = "demand"
offered = ["operator", "user"]
sandbox = "best-effort"
root = "system"
read = [${read}]
[limits]
memory = "512MiB"
processes = 16
[[exports]]
name = "hostile"
interface = "PaperclipsGame"
[[exports]]
name = "hostile_commands"
interface = "CommandSurface"
`);
    return '';
  },
};

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of 4\d\d/);
  await t.signIn(page, 'alice');
  await t.by(page, 'rail-session').waitFor();
  await harmless(t, page, 'signed in');
  await page.evaluate(() => { location.hash = '#/paperclips'; });
  await t.click(page, 'paperclips-open');
  await t.by(page, 'paperclips-made').waitFor();
  await harmless(t, page, 'the game');
  // One that could not be spoken of is left out, and so is one whose name is too long.
  const cards = await t.by(page, 'paperclips-card').count();
  if (cards !== 1) throw new Error(`there are ${cards} projects`);
  await t.click(page, 'paperclips-project');
  await t.by(page, 'paperclips-said').waitFor();
  await harmless(t, page, 'what it says');
  await t.shots(page, 'game');
  for (const view of ['services', 'services/hostile', 'capset/hostile', 'transcript']) {
    await page.evaluate((name) => { location.hash = `#/${name}`; }, view);
    await page.waitForTimeout(800);
    await harmless(t, page, view);
  }
  const raw = await t.call(page, { grant: 'hostile' }, 'initial', {});
  if (raw.length > 4 << 20) throw new Error('a megabyte became more');
  await page.waitForTimeout(500);
  await harmless(t, page, 'a result');
};

/** Nothing that was said has become part of the page, acts, or reorders; and the page still answers. */
async function harmless(t, page, where) {
  const found = await page.evaluate(() => {
    const text = document.body.innerText + [...document.querySelectorAll('[title], [aria-label]')].map((one) => `${one.title} ${one.getAttribute('aria-label')}`).join(' ');
    return {
      ran: 'broken' in window,
      made: document.querySelectorAll('main img, main script, main b').length,
      // eslint-disable-next-line no-control-regex
      acts: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff]/u.test(text),
      long: Math.max(0, ...[...document.querySelectorAll('main *')].filter((one) => one.children.length === 0).map((one) => one.textContent.length)),
    };
  });
  if (found.ran || found.made || found.acts || found.long > 100_000) throw new Error(`${where}: ${JSON.stringify(found)}`);
  const began = Date.now();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  if (Date.now() - began > 20000) throw new Error(`${where}: the page stood still for ${Date.now() - began} ms`);
}
