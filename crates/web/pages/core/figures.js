// Numbers of a game as words and as lines. No DOM here.

const LARGE = /** @type {[number, string][]} */ ([[1e18, 'quintillion'], [1e15, 'quadrillion'], [1e12, 'trillion'], [1e9, 'billion']]);

/** A number as people write it. @param {number} value @returns {string} */
export function number(value) {
  for (const [unit, word] of LARGE) if (value >= unit) return `${(Math.floor(value / unit * 1000) / 1000).toFixed(3)} ${word}`;
  return Math.round(value).toLocaleString('en');
}

/** Money, in units of so many of the smallest. @param {number} amount @param {{unit: number, fraction: number}} currency @returns {string} */
export function money(amount, { unit, fraction }) {
  if (amount / unit >= 1e9) return `$${number(amount / unit)}`;
  const digits = { minimumFractionDigits: fraction, maximumFractionDigits: fraction };
  return `$${(amount / unit).toLocaleString('en', digits)}`;
}

/** Game time. @param {number} ms @returns {string} */
export function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  const two = (/** @type {number} */ part) => String(part).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** What came about in a second, at each sample but the first. @param {{atMs: number}[]} samples @param {(sample: any) => number} of @returns {number[]} */
export function rates(samples, of) {
  return samples.slice(1).map((sample, at) => {
    const span = sample.atMs - samples[at].atMs;
    return span > 0 ? Math.max(0, of(sample) - of(samples[at])) * 1000 / span : 0;
  });
}

/** A line through values, for a drawing of that size: the least is at its foot, and the greatest at its head. @param {number[]} values @param {number} width @param {number} height @returns {string} */
export function line(values, width, height) {
  if (values.length < 2) return '';
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const span = most - least || 1;
  const x = (/** @type {number} */ at) => at / (values.length - 1) * width;
  const y = (/** @type {number} */ value) => (most === least ? height / 2 : height - (value - least) / span * height);
  return values.map((value, at) => `${at === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('');
}
