// A grant that is revoked while its view is open: the view says so, nothing of it goes on, and everything else does.

export const plan = { crosses: true };

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of (40[0-9]|429|50[0-9])/);
  await t.signIn(page, 'alice');
  const bob = await t.person();
  await t.signIn(bob, 'bob');
  await chosen(t);
  await form(t, bob);
  await chat(t, bob);
  await terminal(t, bob);
  await game(t, bob, 'adventure');
  await t.click(bob, 'rail-session');
  await t.by(bob, 'session-refresh').or(t.by(bob, 'session-renew')).first().waitFor();
};

/** Has an administrator look at what bob holds. */
async function chosen(t) {
  const { page } = t;
  await page.goto(`${t.node.url}#/administration/sessions`);
  const session = page.locator('[data-test="administration-session"]', { hasText: 'bob' });
  await session.locator('[data-test="administration-held"]').click();
}

async function revoke(t, grant) {
  const { page } = t;
  await t.click(page, 'administration-revoke', `[data-key="${grant}"]`);
  await t.by(page, 'administration-reason').fill('a test');
  await t.click(page, 'administration-revoke-confirm');
}

/** Revokes a grant, and waits until bob's page has said so. */
async function told(t, bob, grant, words) {
  await revoke(t, grant);
  const began = Date.now();
  await bob.locator('main').getByText(words).first().waitFor();
  t.soon(`${grant} revoked until its view says so`, began);
}

/** A form with a call under way. */
async function form(t, bob) {
  await bob.goto(`${t.node.url}#/capset/shell/run`);
  await t.by(bob, 'argument', '[data-key="script"]').fill('sleep 600');
  await t.click(bob, 'method-call');
  await t.by(bob, 'output-under-way').waitFor();
  await t.until(() => t.node.processes('sleep 600').length > 0, 'it sleeps');
  await told(t, bob, 'shell', /granted to this session, or it is not any more/);
  await t.until(() => t.node.processes('sleep 600').length === 0, 'what it ran has ended');
  await t.axe(bob, 'a form of what was revoked');
}

async function chat(t, bob) {
  await t.click(bob, 'rail-chat');
  await t.click(bob, 'chat-first');
  await t.click(bob, 'chat-join');
  await t.by(bob, 'chat-input').fill('half a sentence');
  await told(t, bob, 'chat', /Chat is not open to this session/);
  if (await t.by(bob, 'rail-chat').count()) throw new Error('the rail still leads there');
}

async function terminal(t, bob) {
  await t.click(bob, 'rail-terminals');
  await t.click(bob, 'terminal-open');
  await t.until(() => bob.evaluate(() => [...document.querySelectorAll('.terminal-row')].some((row) => /\$ *$/.test(row.textContent))), 'a prompt');
  await told(t, bob, 'terminal', /Terminals are not granted to this session any more/);
  await t.axe(bob, 'terminals that were revoked');
}

async function game(t, bob, name) {
  await t.click(bob, `rail-${name}`);
  await t.click(bob, `${name}-open`);
  await t.by(bob, `${name}-title`).waitFor();
  await told(t, bob, name, /This session does not have \w+ any more/);
  // What an administrator took away, nobody takes back.
  await t.click(bob, `${name}-open`);
  await bob.locator('main .problem').getByText('was taken away from the session').waitFor();
}
