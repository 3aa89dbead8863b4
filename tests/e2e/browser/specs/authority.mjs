// Requests that claim authority: whatever a page really sends, with a word more about who is to be meant, is refused and changes nothing.

export const plan = { crosses: true };

const CLAIMS = { principal: 'alice', principalId: 'alice', profile: 'operator', source: 'local', session: '00', sessionId: '00', holder: 'backendHeld', account: 'alice' };

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of 4[0-9][0-9]/);
  const asked = new Map();
  page.on('request', (request) => {
    const path = new URL(request.url()).pathname;
    if (request.method() === 'POST' && path.startsWith('/api/')) asked.set(path, request.postData() ?? '{}');
  });
  await t.signIn(page, 'bob');
  await t.by(page, 'rail-session').waitFor();
  const facts = () => page.evaluate(() => ({ name: document.querySelector('[data-test="session-name"]')?.textContent, profile: document.querySelector('[data-test="session-profile"]')?.textContent }));
  for (const view of ['services', 'capset', 'chat', 'adventure', 'paperclips', 'terminals', 'transcript', 'session']) {
    await page.evaluate((name) => { location.hash = `#/${name}`; }, view);
    await page.waitForFunction((name) => document.querySelector('main')?.dataset.view === name, view);
    if (view === 'adventure' || view === 'paperclips') {
      await t.click(page, `${view}-open`);
      await t.click(page, view === 'adventure' ? 'adventure-exit' : 'paperclips-make');
      await t.by(page, view === 'adventure' ? 'adventure-said' : 'paperclips-said').waitFor();
    }
  }
  await t.call(page, { grant: 'system_info' }, 'motd', {}).catch(() => '');
  await page.evaluate(() => { location.hash = '#/session'; });
  await t.by(page, 'session-refresh').waitFor();
  await t.click(page, 'session-refresh');
  await t.click(page, 'session-others-look');
  await page.waitForTimeout(200);
  const before = await facts();
  const token = await page.evaluate(() => sessionStorage.getItem('token'));
  if (asked.size < 6) throw new Error(`too little was asked: ${[...asked.keys()]}`);
  for (const [path, body] of asked) {
    if (path === '/api/sign-out') continue;
    for (const [name, value] of Object.entries(CLAIMS)) {
      const given = JSON.parse(body);
      if (name in given) continue;
      const { status, code } = await page.evaluate(async ([at, text, csrf]) => {
        const answer = await fetch(at, { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': csrf }, body: text });
        return { status: answer.status, code: (await answer.json().catch(() => ({}))).code };
      }, [path, JSON.stringify({ ...given, [name]: value }), token]);
      if (status < 400 || status >= 500) throw new Error(`${path} took ${name}: ${status} ${code}`);
    }
  }
  // The same in the address, and in headers, is not read at all: the session stays whose it is.
  await page.evaluate(async (csrf) => {
    const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf, 'x-principal': 'alice', 'x-forwarded-user': 'alice', authorization: 'Basic YWxpY2U6' };
    await fetch('/api/do/session/stay?principal=alice&profile=operator&session=00', { method: 'POST', headers, body: '{}' });
  }, token);
  const after = await facts();
  if (JSON.stringify(after) !== JSON.stringify(before)) throw new Error(`${JSON.stringify(before)} became ${JSON.stringify(after)}`);
  t.note('commands that a claim was added to', asked.size);
};
