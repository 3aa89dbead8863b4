// Runs the checks against a server of the target API:
//
//     node run.mjs URL [--filter TEXT] [--reference] [--json] [--list]
//
// `--filter` chooses checks whose `section: name` has TEXT in it. `--reference` leaves out what the official package
// itself cannot pass. One line a failure, then a summary; the exit code is 1 if a check failed and 2 for bad arguments.

import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect as show, parseArgs } from "node:util";

import { Expectation, Tools } from "./harness.mjs";

/** How long a check may take that does not say otherwise. */
const DEADLINE = 30_000;

// Calls whose results nobody waits for fail when their session ends: that is what several checks are about.
process.on("unhandledRejection", () => {});

async function readChecks() {
  const folder = new URL("checks/", import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".mjs")).sort();
  const found = [];
  for (const file of files) {
    const section = file.slice(0, -".mjs".length);
    const { default: checks } = await import(new URL(file, folder));
    for (const check of checks) found.push({ ...check, title: `${section}: ${check.name}` });
  }
  return found;
}

const brief = (value) => {
  const text = typeof value === "string" ? value : show(value, { depth: 8, breakLength: Infinity });
  const line = text.replaceAll("\n", "\\n");
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
};

async function run(check, url) {
  const tools = new Tools(url);
  const started = performance.now();
  const deadline = check.deadline ?? DEADLINE;
  try {
    const late = sleep(deadline, null, { ref: false }).then(() => {
      throw new Expectation("the check's end", `an end within ${deadline} ms`, "none");
    });
    await Promise.race([check.body(tools), late]);
    return { title: check.title, ok: true, ms: performance.now() - started };
  } catch (error) {
    const failure =
      error instanceof Expectation
        ? { what: error.message, expected: brief(error.expected), got: brief(error.got) }
        : { what: "an error", expected: "none", got: brief(String(error)) };
    return { title: check.title, ok: false, ms: performance.now() - started, ...failure };
  } finally {
    tools.dispose();
  }
}

function parseArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      filter: { type: "string", default: "" },
      reference: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  if (positionals.length !== 1 && !values.list) throw new Error("one URL is wanted, such as ws://127.0.0.1:8080/");
  return { ...values, url: positionals[0] };
}

async function main(options) {
  const chosen = (await readChecks()).filter(({ title }) => title.includes(options.filter));
  if (options.list) {
    for (const { title, notReference } of chosen) console.log(notReference ? `${title} (not the package: ${notReference})` : title);
    return 0;
  }
  const results = [];
  const passedOver = [];
  for (const check of chosen) {
    if (options.reference && check.notReference) {
      passedOver.push(check.title);
      continue;
    }
    const result = await run(check, options.url);
    results.push(result);
    if (!result.ok && !options.json) {
      console.log(`FAIL ${result.title}: ${result.what}: expected ${result.expected}, got ${result.got}`);
    }
  }
  const failed = results.filter(({ ok }) => !ok).length;
  if (options.json) console.log(JSON.stringify({ passed: results.length - failed, failed, passedOver, results }, null, 2));
  else console.log(`${results.length - failed} of ${results.length} checks passed, ${passedOver.length} passed over`);
  return failed === 0 && results.length > 0 ? 0 : 1;
}

let options;
try {
  options = parseArguments();
} catch (error) {
  console.error(`run.mjs: ${error.message}`);
  process.exit(2);
}
process.exit(await main(options));
