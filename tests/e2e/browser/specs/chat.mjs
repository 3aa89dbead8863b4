// Chat: two people in two browsers, hostile words, order, and a service that dies under them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The chat as it is built in, but for how fast one may speak. */
const PROFILE = `id = "chat"
label = "Chat"
summary = "Channels in which people and programs talk."
program = "bundled:chat"
start = "demand"
offered = ["operator", "user"]
disclose = ["displayName", "pseudonym"]
environment = { CHAT_LIMITS = '{ "send_burst": 4000, "sends_per_minute": 60000 }' }
[[exports]]
name = "chat"
interface = "Chat"
[[exports]]
name = "chat_moderation"
interface = "ChatModeration"
audit = "all"
launch = false
`;

export const plan = {
  config: (node) => {
    mkdirSync(join(node.directory, 'services'), { recursive: true });
    writeFileSync(join(node.directory, 'services/chat.toml'), PROFILE);
    return '';
  },
};

export default async (t) => {
  const alice = t.page;
  const bob = await t.person();
  await t.signIn(alice, 'alice');
  await t.signIn(bob, 'bob');
  // What is refused on purpose below.
  t.mayFail(/status of 4\d\d/);
  t.mayFail(/status of 50[23]/);

  const said = (page, text) => t.by(page, 'chat-text').filter({ hasText: text });
  const say = async (page, text) => {
    await t.by(page, 'chat-input').fill(text);
    await t.by(page, 'chat-input').press('Enter');
  };
  const noted = (page, kind, text) => t.by(page, `chat-${kind}`).filter({ hasText: text });
  const open = async (page, test, key) => { await t.by(page, test, `[data-key="${key}"]`).click(); };

  // In, under names of one's own choice; one that is reserved is refused in place.
  await t.click(alice, 'rail-chat');
  await t.click(alice, 'chat-first');
  await t.by(alice, 'chat-join-handle').fill('moderator');
  await t.click(alice, 'chat-join');
  await alice.getByText('did not let you in under that name').waitFor();
  await t.by(alice, 'chat-join-handle').fill('Alice');
  await t.click(alice, 'chat-join');
  await t.by(alice, 'chat-own').filter({ hasText: 'Alice' }).waitFor();
  await say(alice, 'the first word');
  await said(alice, 'the first word').waitFor();

  // Bob sees what was said before, by the keyboard alone.
  await bob.goto(`${t.node.url}#/chat/lobby`);
  await t.by(bob, 'chat-join-handle').focus();
  await bob.keyboard.type('Bob');
  await bob.keyboard.press('Enter');
  await said(bob, 'the first word').waitFor();
  await noted(alice, 'joined', 'Bob is here').waitFor();
  await t.by(bob, 'chat-input').focus();
  await bob.keyboard.type('hello Alice');
  await bob.keyboard.press('Enter');
  await said(alice, 'hello Alice').waitFor();
  await t.until(async () => (await t.by(alice, 'announced').textContent()).includes('Bob: hello Alice'));
  // What was said can be had again once its answer is there.
  await t.by(bob, 'chat-send', ':not([data-busy])').waitFor();
  await bob.keyboard.press('ArrowUp');
  if (await t.by(bob, 'chat-input').inputValue() !== 'hello Alice') throw new Error('the last line does not come back');
  await bob.keyboard.press('ArrowDown');

  await latency(t, alice, bob);

  // What is said stays text, whatever it looks like.
  const hostile = '<img src=x onerror=alert(1)> https://example.com/ \u202Eevil\u2066 & <b>bold</b>';
  await say(bob, 'and <img src=x onerror=alert(1)> https://example.com/ & <b>bold</b>');
  await said(alice, '<img src=x onerror=alert(1)>').waitFor();
  if (await alice.locator('main img, main b, main a[href^="http"]').count()) throw new Error('somebody’s words became elements');
  await say(bob, hostile);
  await t.until(async () => !/[\u202A-\u202E\u2066-\u2069]/.test(await t.by(alice, 'chat-log').innerText()));
  await t.by(bob, 'chat-input').fill('');
  await say(bob, `begin ${'x'.repeat(1500)} end`);
  await t.click(alice, 'chat-unfold');
  await said(alice, 'x end').waitFor();
  await t.click(bob, 'chat-unfold');

  // What nobody looks at is counted, and read once it is looked at; a draft stays.
  await t.by(bob, 'chat-input').fill('a draft');
  await t.click(bob, 'rail-services');
  await say(alice, 'are you there?');
  await t.until(async () => (await t.by(bob, 'rail-chat').locator('.count').textContent()) === '1');
  await t.click(bob, 'rail-chat');
  await open(bob, 'chat-channel', 'lobby');
  await said(bob, 'are you there?').waitFor();
  await t.until(async () => t.by(bob, 'rail-chat').locator('.count').isHidden());
  if (await t.by(bob, 'chat-input').inputValue() !== 'a draft') throw new Error('the draft is gone');
  await t.click(bob, 'chat-send');
  await said(alice, 'a draft').waitFor();

  // One with one.
  await t.click(bob, 'chat-members');
  await open(bob, 'chat-direct', 'Alice');
  await t.by(bob, 'chat-about').filter({ hasText: 'Only you two' }).waitFor();
  await say(bob, 'between us');
  await said(bob, 'between us').waitFor();
  await t.by(alice, 'chat-unread', '[data-key="Bob"]').filter({ hasText: '1' }).waitFor();
  await open(alice, 'chat-person', 'Bob');
  await said(alice, 'between us').waitFor();
  await t.by(alice, 'chat-about').filter({ hasText: 'Only you two' }).waitFor();
  await say(alice, 'yes');
  await said(bob, 'yes').waitFor();
  await t.shots(bob, 'direct');
  await t.click(bob, 'chat-close');
  await t.until(async () => !(await t.by(bob, 'chat-person').count()));
  await bob.goto(`${t.node.url}#/chat/@Alice`);
  await t.click(bob, 'chat-begin');
  await t.by(bob, 'chat-input').waitFor();
  await open(bob, 'chat-channel', 'lobby');
  await open(alice, 'chat-channel', 'lobby');

  // Another name, and another channel.
  await t.click(bob, 'chat-rename');
  await t.by(bob, 'chat-rename-name').fill('Robert');
  await t.click(bob, 'chat-rename-take');
  await t.by(bob, 'chat-own').filter({ hasText: 'Robert' }).waitFor();
  await noted(alice, 'joined', 'Robert is here').waitFor();
  await t.click(bob, 'chat-rename');
  await t.click(bob, 'dialog-cancel');
  await t.by(bob, 'chat-open').click();
  await t.by(bob, 'chat-open-channel').fill('garden');
  await t.click(bob, 'chat-open-join');
  await t.by(bob, 'chat-input').waitFor();
  await t.by(alice, 'chat-channel', '[data-key="garden"]').waitFor();
  await t.click(bob, 'chat-leave');
  await t.click(bob, 'chat-leave-confirm');
  await t.by(bob, 'chat-first').waitFor();
  await open(bob, 'chat-channel', 'lobby');
  await said(bob, 'a draft').waitFor();

  await order(t, alice, bob, { say, said, noted, open });
  await t.click(alice, 'chat-members');
  await t.shots(alice, 'lobby');
  await phone(t, bob, say, said);
  await earlier(t, alice, bob, said);
  await killed(t, alice, bob, { say, said });
};

/** From the key that A presses to the line that B sees, both on one clock. */
async function latency(t, alice, bob) {
  const rounds = 40;
  await bob.evaluate(() => {
    window.__seenAt = new Map();
    new MutationObserver((all) => {
      for (const node of all.flatMap(({ addedNodes }) => [...addedNodes])) {
        const number = /round (\d+)\./.exec(node.textContent ?? '')?.[1];
        if (number && !window.__seenAt.has(number)) window.__seenAt.set(number, Date.now());
      }
    }).observe(document.querySelector('[data-test="chat-log"]'), { childList: true, subtree: true });
  });
  const sent = [];
  for (let round = 0; round < rounds; round += 1) {
    await t.by(alice, 'chat-input').fill(`round ${round}.`);
    sent.push(await alice.evaluate(() => {
      const at = Date.now();
      document.querySelector('[data-test="chat-send"]').click();
      return at;
    }));
    await t.until(() => bob.evaluate((number) => window.__seenAt.has(String(number)), round));
  }
  const seen = await bob.evaluate(() => [...window.__seenAt]);
  const times = seen.map(([number, at]) => at - sent[Number(number)]).sort((one, other) => one - other);
  const at = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];
  t.note('what A says is seen by B after', `${at(0.5)} ms (p50), ${at(0.99)} ms (p99), ${rounds} messages`);
  // Machines differ; what waits for a timer, or for the next request, takes longer than any of them.
  if (at(0.5) > 10000) throw new Error(`a message takes ${at(0.5)} ms`);
}

/** What a moderator does, and how it looks to whom it is done. */
async function order(t, alice, bob, { say, said, noted, open }) {
  if (await t.by(bob, 'chat-order').isVisible() || await t.by(bob, 'chat-restrain').count()) throw new Error('bob may keep order');
  const refused = await bob.evaluate(async () => {
    const answer = await fetch('/api/do/chat/order', {
      method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': sessionStorage.getItem('token') }, body: '{"what":"reopen","channel":"lobby"}',
    });
    return { status: answer.status, ...await answer.json() };
  });
  if (refused.status !== 403 || refused.code !== 'unknownCap') throw new Error(`an order of bob's: ${JSON.stringify(refused)}`);
  await t.click(alice, 'chat-members');
  const restrain = async () => { await open(alice, 'chat-restrain', 'Robert'); };
  const done = (text) => t.by(alice, 'chat-order-done').filter({ hasText: text }).waitFor();
  await restrain();
  await t.click(alice, 'chat-mute');
  await done('says nothing');
  await say(bob, 'may I?');
  await bob.getByText('a moderator keeps you silent').waitFor();
  if (await t.by(bob, 'chat-input').inputValue() !== 'may I?') throw new Error('what was not said is gone');
  await t.click(alice, 'chat-unmute');
  await done('may speak');
  await t.click(bob, 'chat-send');
  await said(alice, 'may I?').waitFor();
  await t.by(alice, 'chat-order-reason').fill('a break');
  await t.click(alice, 'chat-remove');
  await noted(bob, 'system', 'a break').waitFor();
  await t.click(bob, 'chat-again');
  await t.by(bob, 'chat-again').waitFor({ state: 'hidden' });
  await t.by(alice, 'chat-restrain', '[data-key="bob"]').or(t.by(alice, 'chat-restrain', '[data-key="Robert"]')).first().waitFor();
  await t.click(alice, 'dialog-cancel');
  const own = await t.by(bob, 'chat-own').textContent();
  await open(alice, 'chat-restrain', own);
  await t.click(alice, 'chat-ban');
  await done('is not let in');
  await t.click(alice, 'dialog-cancel');
  await t.click(bob, 'chat-again');
  await bob.getByText('did not let you in').waitFor();
  await t.click(bob, 'chat-close');
  await t.click(alice, 'chat-order');
  await t.by(alice, 'chat-pardon-handle').fill(own);
  await t.click(alice, 'chat-pardon');
  await done('The ban is over');
  await t.by(alice, 'chat-topic').fill('<i>what</i> it is about');
  await t.click(alice, 'chat-topic-set');
  await done('The topic is set');
  await t.click(alice, 'dialog-cancel');
  await t.by(alice, 'chat-about').filter({ hasText: '<i>what</i> it is about' }).waitFor();
  await t.by(alice, 'chat-message').filter({ hasText: 'may I?' }).locator('[data-test="chat-erase"]').click();
  await t.click(alice, 'chat-erase-confirm');
  await noted(alice, 'erased', 'has erased').waitFor();
  await bob.goto(`${t.node.url}#/chat/garden`);
  await bob.goto(`${t.node.url}#/chat/lobby`);
  await t.click(bob, 'chat-join');
  await said(bob, 'the first word').waitFor();
  if (await said(bob, 'may I?').count()) throw new Error('what was erased is told');
  // Closed, nobody is in; open again, everybody may come.
  await t.click(alice, 'chat-order');
  await t.by(alice, 'chat-shut-reason').fill('for the night');
  await t.click(alice, 'chat-shut');
  await noted(bob, 'system', 'for the night').waitFor();
  await t.click(alice, 'dialog-cancel');
  await t.by(alice, 'chat-reopen-open').click();
  await t.by(alice, 'chat-reopen-channel').fill('lobby');
  await t.click(alice, 'chat-reopen');
  await t.click(alice, 'chat-again');
  await t.click(bob, 'chat-again');
  await t.by(bob, 'chat-again').waitFor({ state: 'hidden' });
  await say(bob, 'back');
  await said(alice, 'back').waitFor();
}

/** A telephone's width shows the list or the talk, with a way back. */
async function phone(t, bob, say, said) {
  await bob.setViewportSize({ width: 320, height: 640 });
  await say(bob, 'from a telephone');
  await said(bob, 'from a telephone').waitFor();
  await t.by(bob, 'chat-back').click();
  await t.by(bob, 'chat-channel', '[data-key="lobby"]').click();
  const over = await bob.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 1) throw new Error(`the chat is ${over} px too wide`);
  await bob.setViewportSize({ width: 1280, height: 800 });
}

/** A long history is paged backwards; who reads there is not torn away. */
async function earlier(t, alice, bob, said) {
  await alice.evaluate(async () => {
    const rows = [...document.querySelectorAll('[data-test="chat-input"]')];
    const form = rows[0].form;
    for (let number = 0; number < 110; number += 1) {
      rows[0].value = `line ${number} of many`;
      form.querySelector('[data-test="chat-send"]').click();
      while (form.querySelector('[data-busy]')) await new Promise((done) => setTimeout(done, 1));
    }
  });
  await said(bob, 'line 109 of many').waitFor();
  await t.click(bob, 'chat-leave');
  await t.click(bob, 'chat-leave-confirm');
  await t.by(bob, 'chat-first').waitFor();
  await bob.goto(`${t.node.url}#/chat/lobby`);
  await t.click(bob, 'chat-join');
  await said(bob, 'line 109 of many').waitFor();
  if (await said(bob, 'line 0 of many').count()) throw new Error('everything was told at once');
  await t.click(bob, 'chat-earlier');
  await said(bob, 'line 0 of many').waitFor();
  await t.by(bob, 'chat-log').evaluate((log) => { log.scrollTop = 0; });
  await t.by(alice, 'chat-input').fill('news');
  await t.click(alice, 'chat-send');
  await t.click(bob, 'chat-newest');
  await said(bob, 'news').waitFor();
  // (It goes with the last of them.)
  await t.until(() => bob.evaluate(() => {
    const more = document.querySelector('[data-test="chat-earlier"]');
    if (!more?.checkVisibility()) return true;
    more.click();
    return false;
  }), 'all of it is told');
}

/** The service dies: within a second both know, nothing typed is lost, and then it goes on. */
async function killed(t, alice, bob, { say, said }) {
  const own = await t.by(bob, 'chat-own').textContent();
  await t.by(bob, 'chat-input').fill('typed before');
  const [pid] = t.node.processes('chat');
  const began = Date.now();
  process.kill(pid, 'SIGKILL');
  for (const page of [alice, bob]) await t.by(page, 'chat-system').filter({ hasText: 'has gone away' }).waitFor({ state: 'attached' });
  t.soon('chat killed until the page says so', began);
  for (const page of [alice, bob]) await t.by(page, 'chat-system').filter({ hasText: 'is back; you are here again' }).waitFor({ state: 'attached' });
  t.note('it is back after', `${Date.now() - began} ms`);
  if (await t.by(bob, 'chat-own').textContent() !== own) throw new Error('the name is another');
  if (await t.by(bob, 'chat-input').inputValue() !== 'typed before') throw new Error('what was typed is gone');
  await t.click(bob, 'chat-send');
  await said(alice, 'typed before').waitFor();
  await say(alice, 'we go on');
  await said(bob, 'we go on').waitFor();
}
