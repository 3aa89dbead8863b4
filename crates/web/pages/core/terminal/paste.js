// What is pasted, as a terminal sends it. No DOM here.

/** Whether a person should look at it first: each line of it could be obeyed at once. @param {string} text @param {import('../reducers/terminal.js').Modes} modes */
export function isRisky(text, modes) {
  return /[\r\n]/.test(text.replace(/[\r\n]+$/, '')) || (!modes.bracketedPaste && /[\r\n]/.test(text));
}

/**
 * Ends of lines are what the key sends, and nothing in it acts on the terminal: neither the mark of its own end nor any
 * other sequence.
 * @param {string} text @param {import('../reducers/terminal.js').Modes} modes
 */
export function encodePaste(text, modes) {
  // eslint-disable-next-line no-control-regex
  const plain = text.replace(/\r\n|\n/g, '\r').replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '');
  return modes.bracketedPaste ? `\x1b[200~${plain}\x1b[201~` : plain;
}
