// Colours and attributes as a page draws them. No DOM here.

/** The sum of what there may be to a run's look. */
export const BOLD = 1, DIM = 2, ITALIC = 4, UNDERLINED = 8, REVERSED = 32, HIDDEN = 64, STRUCK = 128, DOUBLY = 256;

/** A code as CSS: a variable of the theme for the first 16; nothing for the viewer's own. @param {number} code @returns {string} */
export function colour(code) {
  const kind = code >>> 24;
  const value = code & 0xffffff;
  if (kind === 2) return `#${value.toString(16).padStart(6, '0')}`;
  if (kind !== 1) return '';
  if (value < 16) return `var(--term-${value})`;
  if (value >= 232) return grey(value - 232);
  const index = value - 16;
  const step = (/** @type {number} */ part) => (part ? 55 + part * 40 : 0);
  return `rgb(${step(Math.floor(index / 36))}, ${step(Math.floor(index / 6) % 6)}, ${step(index % 6)})`;
}

/** @param {number} step */
function grey(step) {
  const level = 8 + step * 10;
  return `rgb(${level}, ${level}, ${level})`;
}

/**
 * How a run is drawn: what its text and what is behind it have as colours (empty: none of their own), and its classes.
 * @param {import('../reducers/terminal.js').Run} run @returns {{text: string, ground: string, classes: string}}
 */
export function look(run) {
  const attributes = run.a ?? 0;
  // Bold text in one of the first eight colours has always been bright, too.
  const isDull = (attributes & BOLD) && ((run.f ?? 0) >>> 24) === 1 && ((run.f ?? 0) & 0xffffff) < 8;
  let text = colour(isDull ? (run.f ?? 0) + 8 : run.f ?? 0);
  let ground = colour(run.b ?? 0);
  if (attributes & REVERSED) [text, ground] = [ground || 'var(--term-ground)', text || 'var(--term-text)'];
  const names = [[BOLD, 'bold'], [DIM, 'dim'], [ITALIC, 'italic'], [UNDERLINED, 'underlined'], [DOUBLY, 'doubly'], [STRUCK, 'struck'], [HIDDEN, 'unseen']];
  const classes = names.filter(([bit]) => attributes & Number(bit)).map(([, name]) => name).join(' ');
  return { text, ground, classes };
}
