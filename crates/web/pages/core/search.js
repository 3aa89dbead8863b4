// Finding by a few letters. No DOM here.

/**
 * How well a text answers a query: every letter of it has to be there, in order. Whole words, and their beginnings,
 * are better than letters here and there.
 * @param {string} query @param {string} text @returns {number} 0 where it does not
 */
export function score(query, text) {
  const wanted = query.trim().toLowerCase();
  const inside = text.toLowerCase();
  if (!wanted) return 1;
  if (inside === wanted) return 1000;
  const at = inside.indexOf(wanted);
  if (at === 0) return 900 - Math.min(inside.length, 200);
  if (at > 0) return (isStart(text, at) ? 700 : 400) - Math.min(inside.length, 200);
  return words(wanted, inside) || letters(wanted, text, inside);
}

/** Every word of the query stands somewhere. @param {string} wanted @param {string} inside */
function words(wanted, inside) {
  const parts = wanted.split(/\s+/);
  return parts.length > 1 && parts.every((part) => inside.includes(part)) ? 300 - Math.min(inside.length, 200) : 0;
}

/** @param {string} wanted @param {string} text @param {string} inside */
function letters(wanted, text, inside) {
  let at = -1;
  let points = 0;
  for (const letter of wanted.replace(/\s+/g, '')) {
    const next = inside.indexOf(letter, at + 1);
    if (next < 0) return 0;
    points += next === at + 1 ? 6 : isStart(text, next) ? 5 : 1;
    at = next;
  }
  return Math.max(1, Math.min(99, points - Math.floor(inside.length / 8)));
}

/** Whether a word begins there: after what is no letter, or at a capital. @param {string} text @param {number} at */
function isStart(text, at) {
  const before = text[at - 1] ?? ' ';
  const here = text[at] ?? '';
  return !/[\p{L}\p{N}]/u.test(before) || (/\p{Lu}/u.test(here) && /\p{Ll}/u.test(before));
}

/**
 * The best entries, best first; equal ones stay in their order.
 * @template {{title: string, hint?: string}} E
 * @param {string} query @param {E[]} entries @param {number} most @returns {E[]}
 */
export function find(query, entries, most) {
  const scored = entries.map((entry) => {
    const title = score(query, entry.title);
    return { entry, points: title || score(query, `${entry.title} ${entry.hint ?? ''}`) / 4 };
  });
  return scored.filter(({ points }) => points > 0).sort((a, b) => b.points - a.points).slice(0, most).map(({ entry }) => entry);
}
