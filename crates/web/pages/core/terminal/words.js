// A command as a person writes it, as words. Nothing in it is expanded: it is no shell. No DOM here.

/** @param {string} text @returns {string[]} @throws where a quotation does not end */
export function words(text) {
  const found = [];
  let word = '';
  let isWord = false;
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const letter = text[index];
    if (letter === '\\' && quote !== "'" && index + 1 < text.length) {
      index += 1;
      word += text[index];
      isWord = true;
    } else if (quote) {
      if (letter === quote) quote = '';
      else word += letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      isWord = true;
    } else if (/\s/.test(letter)) {
      if (isWord) found.push(word);
      [word, isWord] = ['', false];
    } else {
      word += letter;
      isWord = true;
    }
  }
  if (quote) throw new Error('A quotation mark is not closed.');
  if (isWord) found.push(word);
  return found;
}

/** What to call a terminal. @param {{title: string, command: string}} info */
export function titleOf({ title, command }) {
  return title || command || 'Terminal';
}

/** How a terminal ended, in a sentence. @param {{state: string, exitCode: number, signal: string}} info */
export function ending({ state, exitCode, signal }) {
  if (state === 'gone') return 'This terminal is not there any more: it was closed elsewhere, or its service ended.';
  if (signal) return `The program was ended by ${signal}.`;
  return exitCode === 0 ? 'The program has ended.' : `The program has ended with status ${exitCode}.`;
}
