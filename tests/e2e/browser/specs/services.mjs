// Services: what can be used and launched, refusals, steps, and changes that come from elsewhere.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One that cannot be started here, one that asks for a grant, and one that never gets ready. */
const PROFILES = {
  broken: `id = "broken"
label = "<b>Broken</b> service"
summary = "Its program is not there."
program = "/nonexistent/program"
start = "demand"
offered = ["operator", "user"]
[[exports]]
name = "broken"
interface = "SystemInfo"
`,
  slow: `id = "slow"
label = "Slow"
summary = "It never says that it is ready."
program = "/bin/sleep"
arguments = ["60"]
start = "demand"
offered = ["operator"]
[[exports]]
name = "slow"
interface = "SystemInfo"
`,
  needy: `id = "needy"
label = "Needy"
summary = "It wants to be lent what its users have."
program = "bundled:paperclips"
start = "demand"
offered = ["operator"]
[[requires]]
name = "manual"
interface = "Manual"
holder = "backendHeld"
[[exports]]
name = "needy_commands"
interface = "CommandSurface"
`,
};

export const plan = {
  config: (node) => {
    const folder = join(node.directory, 'services');
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(PROFILES)) writeFileSync(join(folder, `${name}.toml`), text);
    return '';
  },
};

export default async (t) => {
  const alice = t.page;
  // What is given up is answered so.
  t.mayFail(/status of 409/);
  await t.signIn(alice, 'alice');
  const card = (page, id) => page.locator(`[data-test="service"][data-key="${id}"]`);
  const within = (page, id, test) => card(page, id).locator(`[data-test="${test}"]`);
  const badge = (page, id, text) => card(page, id).locator('.badge').filter({ hasText: text }).first().waitFor();
  const outcome = (page, id, text) => card(page, id).locator('[role=status]').filter({ hasText: text }).waitFor();

  await card(alice, 'paperclips').waitFor();
  await badge(alice, 'paperclips', 'not started');
  await badge(alice, 'broken', 'unavailable');
  await card(alice, 'paperclips').getByText('It goes on while you are away').waitFor();
  await t.by(alice, 'service-missing').filter({ hasText: 'proof_accelerator' }).waitFor();
  await t.by(alice, 'grant', '[data-key="manual"]').waitFor();

  // A probe starts nothing.
  await within(alice, 'paperclips', 'service-probe').click();
  await outcome(alice, 'paperclips', 'Nothing was started');
  await card(alice, 'paperclips').locator('summary').first().click();
  if (t.node.processes('paperclips').length) throw new Error('a probe has started the service');
  await badge(alice, 'paperclips', 'not started');
  await within(alice, 'broken', 'service-probe').click();
  await card(alice, 'broken').getByRole('alert').waitFor();

  // What has to be lent is named, refused where it is not, and handed over where it is chosen.
  await within(alice, 'needy', 'service-launch').click();
  await outcome(alice, 'needy', 'needs a grant');
  await outcome(alice, 'needy', 'what to hand over');
  await within(alice, 'needy', 'service-lend').check();
  await within(alice, 'needy', 'service-probe').click();
  await outcome(alice, 'needy', 'would be lent manual');
  await t.shots(alice, 'services');

  // A launch shows what it gave; another window of the same session sees it come, and go.
  const other = await t.window(alice);
  await t.by(other, 'sign-out').waitFor({ state: 'attached' });
  await card(other, 'paperclips').waitFor();
  await within(alice, 'paperclips', 'service-launch').click();
  await outcome(alice, 'paperclips', 'The service runs');
  await badge(other, 'paperclips', 'running');
  await within(alice, 'paperclips', 'service-open').waitFor();

  // What takes long shows how far it is, in every window, and can be given up.
  await within(alice, 'slow', 'service-launch').click();
  const now = (page) => card(page, 'slow').locator('li[aria-current=step]').filter({ hasText: 'Start it' });
  await now(alice).waitFor();
  await now(other).waitFor();
  await within(other, 'slow', 'service-cancel').click();
  await card(alice, 'slow').getByText('It was cancelled').waitFor();
  await now(other).waitFor({ state: 'detached' });

  // Others may join what runs.
  const bob = await t.person();
  await t.signIn(bob, 'bob');
  await badge(bob, 'paperclips', 'runs for others');
  if (await card(bob, 'needy').count()) throw new Error('bob sees what is not offered to him');
  await within(bob, 'paperclips', 'service-attach').click();
  await badge(bob, 'paperclips', 'running');

  await commands(t, alice);

  // A service that dies is told without a reload.
  await alice.goto(`${t.node.url}#/services`);
  await badge(alice, 'paperclips', 'running');
  const [pid] = t.node.processes('paperclips');
  process.kill(pid, 'SIGKILL');
  await t.until(() => t.node.processes('paperclips').some((one) => one !== pid), 'the service is started again');
  await badge(alice, 'paperclips', 'running');

  // Given back, after a question.
  await within(alice, 'paperclips', 'service-stop').click();
  await t.click(alice, 'dialog-cancel');
  await within(alice, 'paperclips', 'service-stop').click();
  await t.click(alice, 'service-stop-confirm');
  await outcome(alice, 'paperclips', 'nothing of the service any more');
  await badge(other, 'paperclips', 'runs for others');
  await within(alice, 'paperclips', 'service-attach').waitFor();

  await search(t, alice, card);
  await keyboard(t, alice, within);
  await alice.setViewportSize({ width: 320, height: 640 });
  const over = await alice.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 1) throw new Error(`the services are ${over} px too wide`);
};

/** What a service describes itself becomes buttons and inputs. */
async function commands(t, page) {
  await page.goto(`${t.node.url}#/services/nothing-of-that-name`);
  await t.by(page, 'surface-none').click();
  await page.goto(`${t.node.url}#/services/paperclips_commands`);
  await t.by(page, 'commands-status').waitFor();
  const before = await t.by(page, 'commands-status').innerText();
  const possible = page.locator('form.command:has(button:not([aria-disabled]))');
  await t.until(() => possible.count());
  const impossible = page.locator('form.command:has(button[aria-disabled])');
  if (await impossible.count()) {
    const why = await impossible.first().locator('.why').innerText();
    if (!why) throw new Error('what is not possible does not say why');
  }
  const simple = page.locator('form.command:has(button:not([aria-disabled])):not(:has(input, select))').first();
  await simple.locator('[data-test="command-run"]').click();
  await t.until(async () => (await t.by(page, 'commands-outcome').innerText()).length > 0);
  await t.until(async () => await t.by(page, 'commands-status').innerText() !== before, 'what stands there goes on');
  // What has to be given and is not is asked for in place.
  const asking = page.locator('form.command:has(button:not([aria-disabled])):has(input:not([type=checkbox]))').filter({ hasNotText: '(optional)' }).first();
  if (await asking.count()) {
    await asking.locator('[data-test="command-run"]').click();
    await asking.getByRole('alert').waitFor();
  }
  await t.shots(page, 'commands');
  await t.by(page, 'surface-back').click();
}

async function search(t, page, card) {
  await t.by(page, 'services-search').fill('wire nothing matches this');
  await t.click(page, 'services-all');
  await t.by(page, 'services-search').fill('paperclipsgame');
  await t.until(async () => await page.locator('article').count() === 1 && await card(page, 'paperclips').isVisible());
  await t.by(page, 'services-search').fill('');
  for (const which of ['now', 'launch', 'no', 'all']) await t.click(page, `services-show-${which}`);
}

/** The whole way without a pointer. */
async function keyboard(t, page, within) {
  await t.by(page, 'services-search').focus();
  await page.keyboard.type('adventure');
  await t.until(async () => await page.locator('article').count() === 1);
  for (let presses = 0; presses < 20; presses += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement?.getAttribute('data-test')) === 'service-launch') break;
  }
  await page.keyboard.press('Enter');
  await within(page, 'adventure', 'service-stop').waitFor();
  await t.by(page, 'services-search').fill('');
}
