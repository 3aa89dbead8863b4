// A world to walk through: what is there, what can be done with it, other players, and the end of its service.

export default async (t) => {
  const { page, node } = t;
  t.mayFail(/status of (40[03]|422|502)/);
  const said = async (pattern, on = page) => t.until(async () => pattern.test(await t.by(on, 'adventure-said').textContent()), `it says ${pattern}`);
  const go = async (direction, title, on = page) => {
    await t.click(on, 'adventure-exit', `[data-key="${direction}"]`);
    await t.until(async () => await t.by(on, 'adventure-title').textContent() === title, `it is ${title}`);
  };
  const choose = (name, on = page) => t.click(on, 'adventure-thing', `[data-key="${name}"]`);
  const act = (name, on = page) => t.click(on, 'adventure-do', `[data-key="${name}"]`);

  // It is offered, and opened where it is.
  await t.signIn(page, 'alice');
  await t.click(page, 'rail-adventure');
  await t.by(page, 'adventure-open').waitFor();
  await t.shots(page, 'closed');
  await t.click(page, 'adventure-open');
  await t.by(page, 'adventure-title').waitFor();

  // Walking, looking closely, taking and leaving things, asking: each from what is there.
  const start = await t.by(page, 'adventure-title').textContent();
  await go('north', 'Market Square');
  await t.until(async () => await t.by(page, 'adventure-exit', '[data-key="south"]').textContent().then((text) => text.includes(start)));
  await choose('peddler');
  await act('inspect');
  await said(/peddler/i);
  await t.by(page, 'adventure-do-topic').fill('wares');
  await act('ask');
  await said(/./);
  await choose('bread');
  await act('drop');
  await said(/./);
  await t.by(page, 'adventure-thing', '.chip[data-key="bread"]').waitFor();

  // Another person sees what lies here, and takes it; the first one sees that it is gone without doing anything.
  const other = await t.person();
  await t.signIn(other, 'bob');
  await t.click(other, 'rail-adventure');
  await t.click(other, 'adventure-open');
  await go('north', 'Market Square', other);
  await t.click(other, 'adventure-thing', '.chip[data-key="bread"]');
  await act('take', other);
  await said(/./, other);
  await t.by(page, 'adventure-thing', '.chip[data-key="bread"]').waitFor({ state: 'detached' });
  await t.by(page, 'adventure-everything').click();
  await page.locator('form[data-key="transfer"] option[value="bob"]').first().waitFor({ state: 'attached' });

  // A writ; and a door that says why it stays shut.
  await go('north', 'The Writ-Hall');
  await go('north', 'Foot of the Clock Tower');
  await t.click(page, 'adventure-exit', '[data-key="up"]');
  await said(/seal|writ/i);
  await t.until(async () => (await t.by(page, 'adventure-log').textContent()).includes('no'));
  await go('south', 'The Writ-Hall');
  const writ = t.by(page, 'adventure-thing', '[data-key="writ-of-passage"]');
  await writ.focus();
  await page.keyboard.press('Enter');
  await act('request');
  await said(/granted/i);
  await t.by(page, 'adventure-command', '[data-key="accept"]').click();
  await said(/sign/i);
  await t.until(async () => /passage/i.test(await t.by(page, 'adventure-mission').textContent()), 'the mission is shown');

  for (const name of ['status', 'retreat', 'leave', 'resume']) {
    await t.click(page, `adventure-${name}`);
    if (name === 'leave') await t.by(page, 'adventure-resume').waitFor();
  }
  await t.by(page, 'adventure-exit', ' >> nth=0').waitFor();
  await t.until(async () => (await t.by(page, 'adventure-map').locator('rect').count()) >= 6, 'the map has the rooms');
  await t.shots(page, 'world');

  // What cannot be meant is refused, and changes nothing.
  const refused = await page.evaluate(async () => {
    const token = sessionStorage.getItem('token') ?? '';
    const ask = async (body) => {
      const headers = { 'content-type': 'application/json', 'x-csrf-token': token };
      const answer = await fetch('/api/do/adventure/invoke', { method: 'POST', headers, body: JSON.stringify(body) });
      return [answer.status, (await answer.json()).code];
    };
    return [
      await ask({ command: 'fly', arguments: [] }),
      await ask({ command: 'go', arguments: [{ name: 'direction', value: 'nowhere' }] }),
      await ask({ command: 'go', arguments: [], principal: 'bob' }),
    ];
  });
  for (const [status, code] of refused) if (status < 400 || !['badRequest', 'service'].includes(code)) throw new Error(`it took ${JSON.stringify(refused)}`);

  // Its service dies: the page says so, and opens it again; the story is where it was.
  const title = await t.by(page, 'adventure-title').textContent();
  const room = { 'The Writ-Hall': 'writ-hall', 'Foot of the Clock Tower': 'clock-foot' }[title];
  const player = () => node.kept('adventure').find((text) => text.includes('"name":"alice"')) ?? '';
  await t.until(() => player().includes(`"room":"${room}"`) && player().includes('"away":false'), `the story is kept in ${title}`);
  node.killAll('adventure');
  await t.by(page, 'adventure-open').waitFor();
  await t.shots(page, 'lost');
  await t.click(page, 'adventure-open');
  await t.until(async () => await t.by(page, 'adventure-title').textContent() === title, 'the story goes on');
};
