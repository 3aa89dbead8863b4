// What a new password looks like to whoever guesses. No DOM here.

/** Beginnings that everybody tries first. */
const COMMON = ['password', 'passwort', 'qwert', 'asdf', '12345', '11111', 'letmein', 'welcome', 'admin', 'iloveyou', 'abc123', 'changeme', 'secret'];

/**
 * How hard a password is to guess, roughly: a hint, and no more; the node decides.
 * @param {string} password @param {string} [account]
 * @returns {{points: 0 | 1 | 2 | 3 | 4, words: string}}
 */
export function strength(password, account = '') {
  const small = password.toLowerCase();
  const letters = [...password];
  if (letters.length === 0) return { points: 0, words: 'Several words in a row are good, and easy to remember.' };
  if (account && small.includes(account.toLowerCase())) return { points: 1, words: 'It has your name in it, which is tried first.' };
  if (COMMON.some((word) => small.startsWith(word)) && letters.length < 20) return { points: 1, words: 'It begins like what everybody tries first.' };
  const bits = letters.length * Math.log2(Math.max(2, Math.min(kinds(password), new Set(letters).size * 3)));
  if (letters.length < 8 || bits < 36) return { points: 1, words: 'Easily guessed. Make it longer.' };
  if (bits < 52) return { points: 2, words: 'Fair. A few more letters make it good.' };
  if (bits < 72) return { points: 3, words: 'Good.' };
  return { points: 4, words: 'Very good.' };
}

/** How many different signs such a password may be of. @param {string} password */
function kinds(password) {
  const sizes = [[/[a-z]/, 26], [/[A-Z]/, 26], [/[0-9]/, 10], [/[^a-zA-Z0-9]/, 30]];
  return sizes.reduce((sum, [kind, size]) => sum + (/** @type {RegExp} */ (kind).test(password) ? Number(size) : 0), 0);
}
