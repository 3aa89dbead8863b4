// What a browser's session is known by: a cookie and a token, both of one session alone, and of this origin alone.

export const plan = { crosses: true };

export default async (t) => {
  const { page, node } = t;
  t.mayFail(/status of 40[0-9]/);
  await t.signIn(page, 'bob');
  await t.by(page, 'rail-session').waitFor();
  const own = await held(page);
  const ask = (headers) => post(node.url, '/api/do/session/stay', { cookie: own.cookie, 'x-csrf-token': own.token, origin: new URL(node.url).origin, ...headers });
  await expect(ask({}), 200, 'its own');
  await expect(ask({ cookie: '' }), 401, 'the token alone');
  await expect(ask({ 'x-csrf-token': '' }), 403, 'the cookie alone');
  await expect(ask({ 'x-csrf-token': 'A'.repeat(own.token.length) }), 403, 'another token');
  await expect(ask({ origin: 'https://elsewhere.example' }), 403, 'another origin');
  await expect(ask({ origin: 'null' }), 403, 'no origin to speak of');
  await expect(ask({ 'content-type': 'text/plain' }), [400, 403, 415], 'a form of another page');
  await expect(ask({ host: 'elsewhere.example' }), [400, 403, 421], 'another name');

  // Cookie and token are new with each sign-in: those of before are over, also for who kept them.
  await t.click(page, 'sign-out');
  await t.by(page, 'account').waitFor();
  await expect(ask({}), 401, 'those of before the sign-out');
  await t.signIn(page, 'bob');
  const next = await held(page);
  if (next.cookie === own.cookie || next.token === own.token) throw new Error('a sign-in did not change what is held');
  await expect(ask({}), 401, 'those of the session before');
  await expect(ask({ cookie: next.cookie }), 403, 'the new cookie with the old token');

  // No page may read the cookie, and another person's browser has another.
  if (await page.evaluate(() => document.cookie)) throw new Error('a page can read the cookie');
  const other = await t.person();
  await t.signIn(other, 'carol');
  const hers = await held(other);
  await expect(ask({ cookie: hers.cookie, 'x-csrf-token': next.token }), 403, 'one cookie with the other token');
};

async function held(page) {
  const [cookie] = await page.context().cookies();
  if (!cookie.httpOnly || cookie.sameSite !== 'Strict') throw new Error(`the cookie is ${JSON.stringify({ ...cookie, value: '' })}`);
  return { cookie: `${cookie.name}=${cookie.value}`, token: await page.evaluate(() => sessionStorage.getItem('token')) };
}

async function post(url, path, headers) {
  const { request } = await import('node:http');
  const at = new URL(path, url);
  return new Promise((done, fail) => {
    const sent = Object.fromEntries(Object.entries({ 'content-type': 'application/json', ...headers }).filter(([, value]) => value !== ''));
    const asked = request({ host: at.hostname, port: at.port, path: at.pathname, method: 'POST', headers: sent }, (answer) => {
      answer.resume();
      done(answer.statusCode);
    });
    asked.on('error', fail);
    asked.end('{}');
  });
}

async function expect(asked, wanted, what) {
  const status = await asked;
  if (![wanted].flat().includes(status)) throw new Error(`${what}: ${status} in the place of ${wanted}`);
}
