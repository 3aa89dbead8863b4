// Diagnostics: the connection, probes for what must be refused, and the last calls.

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of (403|404)/);
  t.mayHide('password-show', 'it is of the sign-in');
  await t.signIn(page, 'bob');
  await t.by(page, 'rail-diagnostics').click();
  await t.until(async () => /^live$/.test(await t.by(page, 'stream-state').innerText()));
  const latency = () => t.by(page, 'latency').innerText();
  await t.until(async () => /ms from asking to hearing it/.test(await latency()));
  await t.click(page, 'latency-measure');
  await t.until(async () => /5 times/.test(await latency()));
  await probes(t, page);
  await t.by(page, 'motd').waitFor();
  await calls(t, page);
  await lost(t, page);
};

async function probes(t, page) {
  const outcome = (which) => t.by(page, 'probe-outcome', `[data-key="${which}"]`);
  await t.by(page, 'probe', '[data-key="staleCall"]').click();
  await t.until(async () => /as it should be/.test(await outcome('staleCall').innerText()));
  await t.click(page, 'probe-all');
  for (const [which, code] of [['wrongInterface', 'interfaceMismatch'], ['unknownCapability', 'unknownCap'], ['staleCall', 'badRequest']]) {
    await t.until(async () => (await outcome(which).innerText()).includes(code), which);
    const text = await outcome(which).innerText();
    if (/not as it should be/.test(text)) throw new Error(text);
  }
  await t.shots(page, 'diagnostics');
}

async function calls(t, page) {
  await t.click(page, 'diagnostics-capset');
  await page.goto(`${t.node.url}#/capset/system_info/hostname`);
  await t.click(page, 'method-call');
  await t.by(page, 'output').waitFor();
  t.mayHide('method-empty', 'it is of CapSet');
  t.mayHide('output-cancel', 'it is of CapSet');
  t.mayHide('output-raw', 'it is of CapSet');
  t.mayHide('output-remove', 'it is of CapSet');
  t.mayHide('outputs-clear', 'it is of CapSet');
  t.mayHide('raw-copy', 'it is of CapSet');
  await page.goto(`${t.node.url}#/diagnostics`);
  await t.until(async () => /system_info\.hostname/.test(await t.by(page, 'recent-calls').innerText()));
  await t.click(page, 'call-raw');
  await t.until(async () => JSON.parse(await t.by(page, 'raw-json').innerText()).name !== undefined);
  await t.click(page, 'dialog-cancel');
}

/** A node that is gone is told here, too. */
async function lost(t, page) {
  t.mayFail(/ERR_|Failed to (fetch|load)|status of/);
  t.mayHide('lost-retry', 'it is of the shell');
  await t.node.kill();
  await t.until(async () => /broken off/.test(await t.by(page, 'stream-state').innerText()));
}
