// What a browser is sent, by class of answer: none has what no browser may have. The harness looks for it; here is one of each.

export const plan = { crosses: true };

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of [45][0-9][0-9]/);
  await t.signIn(page, 'alice');
  await t.by(page, 'rail-session').waitFor();
  const token = await page.evaluate(() => sessionStorage.getItem('token'));
  const ask = (path, init = {}) => page.evaluate(async ([at, given, csrf]) => {
    const answer = await fetch(at, { ...given, headers: { 'x-csrf-token': csrf, ...given.headers } });
    return { status: answer.status, text: await answer.text() };
  }, [path, init, token]);
  const json = { 'content-type': 'application/json' };
  const post = (path, body, headers = json) => ask(path, { method: 'POST', headers, body });
  const classes = {
    success: [await post('/api/do/session/stay', '{}'), await ask('/api/welcome')],
    health: [await ask('/healthz')],
    manual: [await manual(t, page)],
    denial: [
      await post('/api/sign-in', JSON.stringify({ method: 'password', account: 'bob', password: 'not his' })),
      await post('/api/do/session/stay', '{}', { ...json, 'x-csrf-token': 'x' }),
      await post('/api/do/capset/call', JSON.stringify({ on: { grant: 'nothing' }, method: 'x', arguments: {}, call: '0123456789abcdef' })),
    ],
    error: [
      await ask('/api/nothing'), await ask('/bundle/nothing'), await ask('/etc/passwd'), await ask('/api/do/session/stay'),
      await post('/api/do/session/stay', '{'), await post('/api/do/nowhere/nothing', '{}'), await post('/api/do/session/nothing', '{}'),
      await ask('/api/events?window=x'), await ask('/api/download/0123456789abcdef'), await post('/api/window', '[]'),
      await post('/api/do/session/stay', 'x', { 'content-type': 'text/plain' }),
    ],
  };
  const wanted = { success: (status) => status === 200, health: (status) => status === 200, manual: (status) => status === 200, denial: (status) => [400, 401, 403, 404].includes(status), error: (status) => status >= 400 && status < 500 };
  for (const [name, answers] of Object.entries(classes)) {
    for (const { status, text } of answers) {
      if (!wanted[name](status)) throw new Error(`${name}: ${status} ${text.slice(0, 200)}`);
      for (const marker of t.markers()) if (text.includes(marker)) throw new Error(`${name} sent ${JSON.stringify(marker)}: ${text.slice(0, 400)}`);
    }
  }
  if (classes.health[0].text.length > 100) throw new Error(`the health answer says too much: ${classes.health[0].text}`);
  // Each view has its share of the stream swept as well.
  for (const view of ['services', 'capset', 'capset/sessions', 'chat', 'terminals', 'diagnostics', 'transcript', 'session', 'administration']) {
    await page.evaluate((name) => { location.hash = `#/${name}`; }, view);
    await page.waitForTimeout(400);
  }
};

async function manual(t, page) {
  const text = await t.call(page, { grant: 'manual' }, 'index', {}).catch(async () => t.call(page, { grant: 'manual' }, 'topics', {}));
  return { status: 200, text };
}
