// The page's policy holds, and the harness notices where it is broken.

export const plan = { crosses: true };

const ATTEMPTS = {
  'a script in the page': () => { const one = document.createElement('script'); one.textContent = 'window.broken = 1'; document.body.append(one); },
  'a script from elsewhere': () => { const one = document.createElement('script'); one.setAttribute('src', 'https://elsewhere.example/x.js'); document.body.append(one); },
  'a style in the page': () => { const one = document.createElement('style'); one.textContent = 'body { display: none }'; document.body.append(one); },
  'a picture from elsewhere': () => { document.body.append(Object.assign(new Image(), { src: 'https://elsewhere.example/x.png' })); },
  'a request to elsewhere': () => fetch('https://elsewhere.example/').catch(() => {}),
  'a frame': () => { const one = document.createElement('iframe'); one.src = 'https://elsewhere.example/'; document.body.append(one); },
  'text as program': () => { try { setTimeout('window.broken = 1'); } catch { /* as it should */ } },
};

export default async (t) => {
  const { page } = t;
  t.mayFail(/Content Security Policy|Content-Security-Policy|TrustedScript|Trusted Type|ERR_BLOCKED/i);
  // What one attempt brings about may be told after the next has begun, and after the last.
  t.mayBreak(/^the page broke its policy: |^it asked another origin: https:\/\/elsewhere\.example\//);
  await t.signIn(page, 'bob');
  for (const [what, attempt] of Object.entries(ATTEMPTS)) {
    await page.evaluate(attempt).catch(() => {});
    await t.until(() => t.faults.length > 0, `${what} is noticed`);
    await page.waitForTimeout(200);
    t.faults.splice(0);
  }
  await page.waitForTimeout(300);
  t.faults.splice(0);
  if (await page.evaluate(() => 'broken' in window)) throw new Error('a script ran that the policy forbids');
  const { headers } = await fetch(t.node.url).then((answer) => ({ headers: answer.headers }));
  for (const [name, value] of [['x-content-type-options', 'nosniff'], ['referrer-policy', 'no-referrer']]) {
    if (headers.get(name) !== value) throw new Error(`${name} is ${headers.get(name)}`);
  }
};
