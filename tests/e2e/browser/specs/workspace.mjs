// What is around the views: the rail, the top, the palette, themes, and a node that goes away.

export const plan = { crosses: true };

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of 40[13]/);
  t.mayFail(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_NETWORK|ERR_FAILED/);
  await t.signIn(page, 'bob');
  await rail(t, page);
  await thePalette(t, page);
  await themes(t, page);
  await phone(t, page);
  await deepLinks(t, page);
  await breaks(t, page);
  await idle(t, page);
  await end(t, page);
};

const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute('data-test') ?? document.activeElement?.id);

async function rail(t, page) {
  await t.by(page, 'rail-session').click();
  await t.until(() => page.evaluate(() => document.activeElement?.id === 'view'));
  await t.until(async () => await page.title() === 'Session · capOS');
  await t.by(page, 'rail-session').focus();
  await page.keyboard.press('ArrowUp');
  if (await focused(page) !== 'rail-transcript') throw new Error(`the arrows do not move in the rail: ${await focused(page)}`);
  await page.keyboard.press('Enter');
  await t.until(async () => await page.title() === 'Transcript · capOS');
  await page.goBack();
  await t.until(async () => await page.title() === 'Session · capOS');
  await t.until(async () => /left$/.test(await page.locator('.top .left').textContent()));
  // The first stop of the keyboard leads past the rail.
  await page.evaluate(() => { document.activeElement?.blur(); document.querySelector('.workspace').scrollIntoView(); });
  await t.by(page, 'skip').focus();
  await page.keyboard.press('Enter');
  if (await focused(page) !== 'view') throw new Error('the skip link does not skip');
}

async function thePalette(t, page) {
  await t.click(page, 'palette-open');
  await t.by(page, 'palette-input').waitFor();
  await t.shots(page, 'palette');
  await page.keyboard.press('Escape');
  await t.by(page, 'palette').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await t.by(page, 'palette-input').waitFor();
  await page.keyboard.type('transcr');
  const options = t.by(page, 'palette-option');
  await t.until(async () => (await options.first().textContent()).startsWith('Transcript'));
  const input = t.by(page, 'palette-input');
  const marked = () => input.getAttribute('aria-activedescendant');
  const first = await marked();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowDown');
  if (await marked() !== first) throw new Error('the arrows do not go round');
  await page.keyboard.press('Enter');
  await t.until(async () => await page.title() === 'Transcript · capOS');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('nothing goes by such a name');
  await page.getByText('Nothing goes by that name here.').waitFor();
  await page.keyboard.press('Escape');
}

async function themes(t, page) {
  for (const theme of ['mountain', 'light', 'operator', 'space']) {
    await t.by(page, `theme-${theme}`).click();
    await t.until(async () => await t.by(page, `theme-${theme}`).getAttribute('aria-checked') === 'true');
  }
  await t.by(page, 'theme-space').focus();
  await page.keyboard.press('ArrowRight');
  await t.until(() => page.evaluate(() => document.documentElement.dataset.theme === 'mountain'));
  await page.reload();
  if (await page.evaluate(() => document.documentElement.dataset.theme) !== 'mountain') throw new Error('the theme was forgotten');
  await t.by(page, 'sign-out').waitFor();
  await t.by(page, 'theme-space').click();
  const kept = await page.evaluate(() => [Object.keys(localStorage).sort().join(), Object.keys(sessionStorage).sort().join(), document.cookie]);
  if (kept[0] !== 'theme' || kept[1] !== 'token' || kept[2] !== '') throw new Error(`the browser keeps more than it may: ${JSON.stringify(kept)}`);
  const light = await t.person({ colorScheme: 'light' });
  if (await light.evaluate(() => document.documentElement.dataset.theme) !== 'light') throw new Error('the wish of the system does not count');
  await light.context().close();
}

async function phone(t, page) {
  for (const width of [320, 360]) {
    await page.setViewportSize({ width, height: 640 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) throw new Error(`${over} px too wide at ${width}`);
  }
  await t.click(page, 'top-open');
  await t.by(page, 'sign-out').waitFor();
  await page.keyboard.press('Escape');
  await t.by(page, 'sign-out').waitFor({ state: 'hidden' });
  const more = t.by(page, 'rail-more');
  if (await more.isVisible()) {
    await more.click();
    await t.by(page, 'rail-session').waitFor();
    await page.setViewportSize({ width: 360, height: 640 });
    await t.by(page, 'rail-session').click();
  } else {
    await t.by(page, 'rail-session').click();
  }
  await t.until(async () => await page.title() === 'Session · capOS');
  await page.setViewportSize({ width: 1280, height: 800 });
}

async function deepLinks(t, page) {
  await page.evaluate(() => { location.hash = '#/transcript'; });
  await page.reload();
  await t.until(async () => await page.title() === 'Transcript · capOS');
  for (const hash of ['#/administration', '#/nothing/of/the/kind', '#/%E0%A4%A']) {
    await page.evaluate((to) => { location.hash = to; }, hash);
    await t.by(page, 'open-first').waitFor();
  }
  await t.click(page, 'open-first');
  await t.until(async () => (await page.title()).endsWith('capOS') && !await t.by(page, 'open-first').count());
}

/** A stream that breaks is told of within a second, and goes on by itself where it can. */
async function breaks(t, page) {
  const second = await t.window(page);
  await t.by(second, 'sign-out').waitFor({ state: 'attached' });
  await second.route('**/api/events**', (route) => route.abort());
  await second.reload();
  await t.by(second, 'lost').waitFor();
  await t.shots(second, 'lost');
  await t.click(second, 'lost-retry');
  await second.unroute('**/api/events**');
  await t.by(second, 'lost').waitFor({ state: 'hidden' });
  await second.close();
}

/** Somebody who does nothing is asked before it ends. */
async function idle(t, page) {
  await page.clock.install();
  await page.clock.fastForward('00:28:20');
  await t.by(page, 'idle-stay').waitFor();
  await t.click(page, 'idle-stay');
  await t.by(page, 'idle-stay').waitFor({ state: 'detached' });
}

/** A node that is killed takes the session with it, and the page says so within a second. */
async function end(t) {
  const page = await t.person();
  await t.signIn(page, 'carol');
  await t.node.kill();
  const killed = Date.now();
  await t.by(page, 'lost').waitFor();
  t.soon('node killed until the page says so', killed);
  await t.node.start();
  await t.by(page, 'ended').waitFor();
}
