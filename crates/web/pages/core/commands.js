// Commands that a service describes: what each takes, why it cannot be given, and what can be done with a thing. No DOM here.

/**
 * Whole numbers are decimal digits: a browser's own numbers do not hold all of them.
 * @typedef {{value: string, label: string}} Choice
 * @typedef {{kind: 'text', most: number} | {kind: 'integer', least: string, most: string} | {kind: 'boolean'}
 *   | {kind: 'choice', choices: Choice[]} | {kind: 'suggestion', choices: Choice[]}} Values
 * @typedef {{name: string, label: string, summary: string, optional: boolean, values: Values}} Parameter
 * @typedef {{name: string, label: string, summary: string, group: string, parameters: Parameter[], refusal: string | null}} Command
 * @typedef {{title: string, status: string, commands: Command[]}} Menu
 * @typedef {{name: string, value: string | boolean | {integer: string}}} Argument
 */

/** What is wrong with what was typed, and for which parameter. */
export class Wrong extends Error {
  /** @param {string} parameter @param {string} why */
  constructor(parameter, why) {
    super(why);
    this.parameter = parameter;
  }
}

/** The command of that name. @param {Menu | null | undefined} menu @param {string} name @returns {Command | undefined} */
export function command(menu, name) {
  return menu?.commands.find((one) => one.name === name);
}

/** The commands by their groups, each once, in the order of the menu. @param {Command[]} commands @returns {{name: string, commands: Command[]}[]} */
export function groups(commands) {
  /** @type {Map<string, Command[]>} */
  const found = new Map();
  for (const one of commands) found.set(one.group, [...found.get(one.group) ?? [], one]);
  return [...found].map(([name, all]) => ({ name, commands: all }));
}

/** @param {{name: string, label: string}} one @returns {string} */
export function titleOf(one) {
  return one.label || one.name;
}

/** Why a command cannot be given now; empty where it can. @param {Command} spec @returns {string} */
export function obstacle(spec) {
  if (spec.refusal !== null) return spec.refusal || 'It is not possible right now.';
  const lacks = spec.parameters.find(({ optional, values }) => !optional && isEmpty(values));
  return lacks ? `There is no ${titleOf(lacks).toLowerCase()} for that now.` : '';
}

/** Whether no value can be given. @param {Values} values */
function isEmpty(values) {
  if (values.kind === 'integer') return BigInt(values.least) > BigInt(values.most);
  return values.kind === 'choice' && values.choices.length === 0;
}

/** What a command is asked with: inputs that kept their shape can be kept. @param {Command} spec @returns {string} */
export function shape(spec) {
  return JSON.stringify(spec.parameters.map(({ name, label, summary, optional, values }) => [name, label, summary, optional, values.kind]));
}

/**
 * What inputs say, as arguments; what is empty and may be left out is. Throws what is `Wrong`.
 * @param {Command} spec @param {(parameter: Parameter) => string | boolean} read @returns {Argument[]}
 */
export function given(spec, read) {
  return spec.parameters.flatMap((parameter) => {
    const value = argument(parameter, read(parameter));
    return value === null ? [] : [{ name: parameter.name, value }];
  });
}

/** @param {Parameter} parameter @param {string | boolean} value @returns {Argument['value'] | null} */
function argument({ name, optional, values }, value) {
  if (values.kind === 'boolean') return value === true;
  const words = String(value);
  if (words.trim() === '') {
    if (optional) return null;
    throw new Wrong(name, 'This is needed.');
  }
  if (values.kind === 'integer') return { integer: whole(name, words, values) };
  const isLong = values.kind === 'text' && values.most > 0 && new TextEncoder().encode(words).length > values.most;
  if (isLong) throw new Wrong(name, 'This is too long.');
  return words;
}

/** @param {string} name @param {string} words @param {{least: string, most: string}} range */
function whole(name, words, { least, most }) {
  if (!/^\s*[+-]?\d{1,19}\s*$/.test(words)) throw new Wrong(name, 'A whole number is wanted.');
  const number = BigInt(words.trim().replace('+', ''));
  if (number < BigInt(least) || number > BigInt(most)) throw new Wrong(name, `From ${least} to ${most}.`);
  return String(number);
}

/** What can be had at once, where a command takes a count; empty where that is not more than one. @param {Command} spec @returns {string} */
export function most(spec) {
  const values = spec.parameters.find(({ name }) => name === 'count')?.values;
  return values?.kind === 'integer' && BigInt(values.most) > 1n ? values.most : '';
}

/** Whether a browser's own numbers hold all of a range. @param {{least: string, most: string}} range */
export function isSafe({ least, most: greatest }) {
  return Number.isSafeInteger(Number(least)) && Number.isSafeInteger(Number(greatest));
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
