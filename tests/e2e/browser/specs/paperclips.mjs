// A game of making paperclips: counters that go on by themselves, charts, controls, projects, and the end of its service.

export default async (t) => {
  const { page, node } = t;
  const count = async (name, on = page) => Number((await t.by(on, `paperclips-${name}`).textContent()).replaceAll(/[^0-9.]/g, ''));
  const said = async (pattern) => t.until(async () => pattern.test(await t.by(page, 'paperclips-said').textContent()), `it says ${pattern}`);

  await t.signIn(page, 'alice');
  await t.click(page, 'rail-paperclips');
  await t.click(page, 'paperclips-open');
  await t.by(page, 'paperclips-made').waitFor();
  await t.click(page, 'paperclips-make');
  await said(/hand/);
  // It is counted, and sold, by time alone.
  await t.until(async () => await count('made') === 1, 'a clip is made');
  await t.until(async () => await count('funds') > 0, 'it is sold');
  await t.until(async () => /made|clip/i.test(await page.locator('.events').textContent()), 'it is told lately');
  await t.until(async () => (await page.locator('.chart path').first().getAttribute('d')).length > 10, 'a chart is drawn');

  // What cannot be done says why in place, and a number out of range is refused where it is typed.
  await t.until(async () => (await page.locator('form[data-key="wire"]').textContent()).includes('costs'), 'it says what wire costs');
  await t.by(page, 'paperclips-price-cents').fill('30');
  await page.keyboard.press('Enter');
  await said(/./);
  await t.until(async () => (await page.locator('.counters').textContent()).includes('$0.30 a clip'), 'the price is told');
  await t.click(page, 'paperclips-price');
  await t.click(page, 'paperclips-make-most');
  await said(/hand/);
  await t.until(async () => await count('made') >= 3, 'the rest is made one by one');

  // Another window of the same person has the same game, and what one does the other shows.
  const second = await t.window(page);
  await second.evaluate(() => { location.hash = '#/paperclips'; });
  await t.by(second, 'paperclips-made').waitFor();
  const before = await count('made', second);
  await t.until(async () => await count('made', second) > before, 'it goes on there');
  await second.close();
  // What has become possible by then, on a machine that is slow: it costs nothing that is asked for below.
  for (const name of ['clippers', 'project']) {
    await page.evaluate((test) => document.querySelector(`button[data-test="${test}"]:not([aria-disabled])`)?.click(), `paperclips-${name}`);
  }
  t.mayHide('paperclips-clippers', 'it is possible once there are funds for it');
  t.mayHide('paperclips-project', 'it is possible once a project is ready');
  await t.shots(page, 'game');

  // Its service dies: the page says so, and it goes on where it was.
  const made = await count('made');
  // What was done so far is kept once something that was done later is.
  const asked = Date.now();
  await t.click(page, 'paperclips-make');
  await t.until(() => node.kept('paperclips').some((text) => Number(/"atMs":(\d+)/.exec(text)?.[1]) >= asked), 'the game is kept');
  node.killAll('paperclips');
  await t.by(page, 'paperclips-open').waitFor();
  await t.shots(page, 'lost');
  await t.click(page, 'paperclips-open');
  await t.by(page, 'paperclips-made').waitFor();
  await t.until(async () => await count('made') >= made, 'it is the same game');
};
