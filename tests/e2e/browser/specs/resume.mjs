// A stream of events that breaks: the page goes on from where it was, and has everything once.

import { connect, createServer } from 'node:net';

export const plan = { crosses: true };

export default async (t) => {
  const { page, node } = t;
  t.mayFail(/ERR_|Failed to fetch|network error/);
  // Between the browser and the node stands a line that can be cut.
  const line = await cable(Number(new URL(node.url).port));
  const straight = node.url;
  node.url = `http://127.0.0.1:${line.port}/`;
  const far = await t.person();
  node.url = straight;
  await t.signIn(far, 'alice');
  await far.evaluate(() => { location.hash = '#/adventure'; });
  await t.click(far, 'adventure-open');
  await t.by(far, 'adventure-title').waitFor();

  // The same session in a second window that keeps its line, by the same cookie.
  const walk = async (direction, title) => {
    await t.click(far, 'adventure-exit', `[data-key="${direction}"]`);
    await t.until(async () => await t.by(far, 'adventure-title').textContent() === title, title);
  };
  await walk('north', 'Market Square');
  for (const [direction, title] of [['south', 'Causeway Gate'], ['north', 'Market Square'], ['south', 'Causeway Gate']]) {
    line.cut();
    await walk(direction, title);
  }
  const lines = await t.by(far, 'adventure-log').locator('.asked').allTextContents();
  const walked = lines.filter((text) => text.startsWith('go '));
  if (walked.join() !== 'go north,go south,go north,go south') throw new Error(`the log has ${lines}`);
  const anew = (await far.evaluate(() => window.__heard)).split('"anew":true').length - 1;
  if (anew !== 1) throw new Error(`it began anew ${anew} times`);

  // A long cut is said, and over once the line is there again.
  line.hold(true);
  line.cut();
  await t.by(far, 'lost').waitFor({ state: 'visible' });
  line.hold(false);
  await t.by(far, 'lost').waitFor({ state: 'hidden' });
  await walk('north', 'Market Square');
  await far.context().close();
  line.close();
  await t.signIn(page, 'bob');
};

/** A line to a port of this machine, which can be cut. */
async function cable(to) {
  const ends = new Set();
  let held = false;
  const server = createServer((near) => {
    if (held) return near.destroy();
    const far = connect(to, '127.0.0.1');
    for (const [one, other] of [[near, far], [far, near]]) {
      ends.add(one);
      one.on('error', () => {});
      one.on('close', () => { ends.delete(one); other.destroy(); });
      one.pipe(other);
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const cut = () => { for (const end of ends) end.destroy(); };
  return { port: server.address().port, cut, hold: (is) => { held = is; }, close: () => { cut(); server.close(); } };
}
