// How long the stream of events takes. No DOM here.

/** The middle one, and the extremes. @param {number[]} times in milliseconds */
export function summary(times) {
  const sorted = [...times].sort((one, other) => one - other);
  if (sorted.length === 0) return null;
  return { least: sorted[0], middle: sorted[(sorted.length - 1) >> 1], most: sorted[sorted.length - 1] };
}

/** @param {number} ms */
export function milliseconds(ms) {
  if (ms < 1) return 'under 1 ms';
  return `${ms < 10 && !Number.isInteger(ms) ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/**
 * From asking for a word to hearing it on the stream, in milliseconds.
 * @param {{api: import('./api.js').Api, store: import('./store.js').Store, word: string, now?: () => number, patience?: number}} given
 * @returns {Promise<number>}
 */
export function echo({ api, store, word, now = () => performance.now(), patience = 15000 }) {
  return new Promise((resolve, reject) => {
    const began = now();
    const done = (/** @type {() => void} */ tell) => { clearTimeout(timer); stop(); tell(); };
    const timer = setTimeout(() => done(() => reject(new Error('The stream of events did not say it in time.'))), patience);
    let stop = () => {};
    stop = store.watch('diagnostics/echo', (said) => {
      if (said?.word === word) done(() => resolve(now() - began));
    });
    api.act('diagnostics', 'echo', { word }).catch((error) => done(() => reject(error)));
  });
}
