// Runs specs by their names: `node run.mjs signin chat`. Without any, all of them.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { Trial } from './harness.mjs';

const folder = join(import.meta.dirname, 'specs');
const names = process.argv.slice(2);
const all = readdirSync(folder).filter((file) => file.endsWith('.mjs')).map((file) => file.slice(0, -4));
let broken = 0;
for (const name of names.length ? names : all) {
  const { default: spec, plan } = await import(join(folder, `${name}.mjs`));
  const trial = new Trial(name, plan);
  const began = Date.now();
  let failed;
  try {
    await trial.begin();
    await spec(trial);
  } catch (error) {
    failed = error;
  }
  await trial.end(failed).catch((error) => { failed ??= error; });
  if (failed) {
    console.error(`${name}: ${failed.stack ?? failed}`);
    console.error(trial.node.log.split('\n').slice(-20).join('\n'));
  }
  for (const fault of new Set(trial.faults)) console.error(`${name}: ${fault}`);
  for (const [what, value] of trial.notes) console.log(`${name}: ${what}: ${value}`);
  const bad = Boolean(failed) || trial.faults.length > 0;
  broken += Number(bad);
  console.log(`${name}: ${bad ? 'FAILED' : 'ok'} in ${((Date.now() - began) / 1000).toFixed(1)} s; pictures in ${trial.output}`);
}
process.exitCode = broken ? 1 : 0;
