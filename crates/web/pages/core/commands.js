// Menus of commands that services describe. No DOM here.

/**
 * @typedef {{value: string, label: string}} Choice
 * @typedef {{kind: 'text', most: number} | {kind: 'integer', min: string, max: string} | {kind: 'boolean'} | {kind: 'choice' | 'suggestion', choices: Choice[]}} Values
 * @typedef {{name: string, label: string, summary: string, optional: boolean, values: Values}} Parameter
 * @typedef {{name: string, label: string, summary: string, group: string, parameters: Parameter[], available: boolean, reason: string}} Command
 * @typedef {{title: string, status: string, commands: Command[]}} Menu
 */

/** The commands by their groups, each once, in the order of the menu. @param {Command[]} commands @returns {{name: string, commands: Command[]}[]} */
export function groups(commands) {
  /** @type {Map<string, Command[]>} */
  const found = new Map();
  for (const command of commands) found.set(command.group, [...found.get(command.group) ?? [], command]);
  return [...found].map(([name, all]) => ({ name, commands: all }));
}

/** Why a command cannot be given right now; nothing where it can. @param {Command} command */
export function whyNot(command) {
  if (!command.available) return command.reason || 'It is not possible right now.';
  const without = command.parameters.find((one) => !one.optional && one.values.kind === 'choice' && one.values.choices.length === 0);
  return without ? `There is nothing to choose for “${titleOf(without)}” right now.` : '';
}

/** @param {{name: string, label: string}} one */
export function titleOf(one) {
  return one.label || one.name;
}

/** A choice as it is shown: its label, with its value where that says more. @param {Choice} choice */
export function choiceTitle({ value, label }) {
  return label || value;
}

/**
 * What a command is given: for each parameter what its control holds. What is left out and may be is left out.
 * @param {Command} command @param {Record<string, string | boolean>} held
 * @returns {{arguments: {kind: string, name: string, value: string | boolean}[], wrong: {name: string, why: string} | null}}
 */
export function given(command, held) {
  const all = [];
  for (const { name, optional, values } of command.parameters) {
    const value = held[name] ?? '';
    if (values.kind === 'boolean') {
      all.push({ kind: 'boolean', name, value: value === true });
    } else if (value === '') {
      if (!optional) return { arguments: [], wrong: { name, why: 'This is needed.' } };
    } else {
      const why = wrong(values, String(value));
      if (why) return { arguments: [], wrong: { name, why } };
      all.push({ kind: values.kind === 'integer' ? 'integer' : 'text', name, value: String(value).trim() });
    }
  }
  return { arguments: all, wrong: null };
}

/** @param {Values} values @param {string} value */
function wrong(values, value) {
  if (values.kind === 'text' && values.most > 0 && new TextEncoder().encode(value).length > values.most) return 'This is too long.';
  if (values.kind !== 'integer') return '';
  if (!/^\s*[+-]?\d{1,19}\s*$/.test(value)) return 'A whole number is wanted.';
  const number = BigInt(value.trim().replace('+', ''));
  return number < BigInt(values.min) || number > BigInt(values.max) ? `From ${values.min} to ${values.max}.` : '';
}
