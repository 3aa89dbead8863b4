// Commands that a service describes: what each takes, why it cannot be given, and what can be done with a thing. No DOM here.

/**
 * @typedef {{value: string, label: string}} Choice
 * @typedef {{kind: 'text', most: number} | {kind: 'integer', least: number, most: number} | {kind: 'boolean'}
 *   | {kind: 'choice', choices: Choice[]} | {kind: 'suggestion', choices: Choice[]}} Values
 * @typedef {{name: string, label: string, summary: string, optional: boolean, values: Values}} Parameter
 * @typedef {{name: string, label: string, summary: string, group: string, parameters: Parameter[], refusal: string | null}} Command
 * @typedef {{title: string, status: string, commands: Command[]}} Menu
 * @typedef {{name: string, value: string | number | boolean}} Argument
 */

/** The command of that name. @param {Menu | null | undefined} menu @param {string} name @returns {Command | undefined} */
export function command(menu, name) {
  return menu?.commands.find((one) => one.name === name);
}

/** The groups with their commands, in the menu's order. @param {Command[]} commands @returns {{name: string, commands: Command[]}[]} */
export function groups(commands) {
  /** @type {Map<string, Command[]>} */
  const found = new Map();
  for (const one of commands) found.set(one.group, [...found.get(one.group) ?? [], one]);
  return [...found].map(([name, all]) => ({ name, commands: all }));
}

/** Why a command cannot be given now; empty where it can. @param {Command} spec @returns {string} */
export function obstacle(spec) {
  if (spec.refusal !== null) return spec.refusal || 'Not now.';
  const lacks = spec.parameters.find(({ optional, values }) => !optional && values.kind === 'choice' && values.choices.length === 0);
  return lacks ? `There is no ${lacks.label.toLowerCase() || lacks.name} for that now.` : '';
}

/** What a command is asked with: inputs that kept their shape can be kept. @param {Command} spec @returns {string} */
export function shape(spec) {
  return spec.parameters.map(({ name, optional, values }) => `${name}:${values.kind}:${optional}`).join(' ');
}

/**
 * What inputs say, as arguments; what is empty and may be left out is.
 * @param {Command} spec @param {(parameter: Parameter) => string | boolean} read @returns {Argument[]}
 */
export function given(spec, read) {
  /** @type {Argument[]} */
  const all = [];
  for (const parameter of spec.parameters) {
    const value = read(parameter);
    if (value === '' && parameter.optional) continue;
    all.push({ name: parameter.name, value: parameter.values.kind === 'integer' ? whole(value) : value });
  }
  return all;
}

/** @param {string | boolean} words */
function whole(words) {
  const number = Number(words);
  if (words === '' || !Number.isSafeInteger(number)) throw new Error('That is no whole number.');
  return number;
}

/**
 * What can be done with a thing: each command that it can be chosen for, and for which of what it takes.
 * @param {Menu | null | undefined} menu @param {string} thing @returns {{spec: Command, parameter: string}[]}
 */
export function verbs(menu, thing) {
  const found = [];
  for (const spec of menu?.commands ?? []) {
    if (obstacle(spec)) continue;
    const takes = spec.parameters.find(({ values }) => 'choices' in values && values.choices.some(({ value }) => value === thing));
    if (takes) found.push({ spec, parameter: takes.name });
  }
  return found;
}

/** The same command where one of what it takes is settled. @param {Command} spec @param {string} parameter @returns {Command} */
export function settled(spec, parameter) {
  return { ...spec, parameters: spec.parameters.filter(({ name }) => name !== parameter) };
}
