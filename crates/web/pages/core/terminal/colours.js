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
 * The theme's own colours as numbers: the sixteen, then that of text and of what is behind it.
 * @typedef {number[][]} Palette
 */

/** Reads `#rrggbb`, or `rgb(…)`. @param {string} css @returns {number[]} */
export function parse(css) {
  const hex = /^#([0-9a-f]{6})$/i.exec(css.trim());
  if (hex) return [16, 8, 0].map((shift) => (parseInt(hex[1], 16) >> shift) & 255);
  return (css.match(/\d+/g) ?? ['0', '0', '0']).slice(0, 3).map(Number);
}

/** @param {number[]} colour */
function luminance(colour) {
  const [red, green, blue] = colour.map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {number[]} one @param {number[]} other */
export function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {string} css @param {Palette} palette @param {number} own which of the palette is meant by nothing */
function resolve(css, palette, own) {
  const name = /^var\(--term-(.*)\)$/.exec(css)?.[1];
  if (!css) return palette[own];
  if (name === 'text') return palette[16];
  if (name === 'ground') return palette[17];
  return name ? palette[Number(name)] : parse(css);
}

/**
 * The colour of text on a ground of its own: what the program chose, where it can be read on that, else what can.
 * Programs choose for other themes than a person has.
 * @param {string} text @param {string} ground @param {Palette} palette
 */
export function legible(text, ground, palette) {
  const behind = resolve(ground, palette, 17);
  if (contrast(resolve(text, palette, 16), behind) >= 4.5) return text;
  return contrast([0, 0, 0], behind) >= contrast([255, 255, 255], behind) ? '#000000' : '#ffffff';
}

/** Letters that are drawn with: their colours are a picture's. @param {string} text */
function isPicture(text) {
  return /^[\u2500-\u259f\u2800-\u28ff\s]*$/u.test(text);
}

/**
 * How a run is drawn: what its text and what is behind it have as colours (empty: none of their own), and its classes.
 * @param {import('../reducers/terminal.js').Run} run @param {Palette} [palette] @returns {{text: string, ground: string, classes: string}}
 */
export function look(run, palette) {
  const attributes = run.a ?? 0;
  // Bold text in one of the first eight colours has always been bright, too.
  const isDull = (attributes & BOLD) && ((run.f ?? 0) >>> 24) === 1 && ((run.f ?? 0) & 0xffffff) < 8;
  let text = colour(isDull ? (run.f ?? 0) + 8 : run.f ?? 0);
  let ground = colour(run.b ?? 0);
  if (attributes & REVERSED) [text, ground] = [ground || 'var(--term-ground)', text || 'var(--term-text)'];
  if (ground && palette && !isPicture(run.t)) text = legible(text, ground, palette);
  const names = [[BOLD, 'bold'], [DIM, 'dim'], [ITALIC, 'italic'], [UNDERLINED, 'underlined'], [DOUBLY, 'doubly'], [STRUCK, 'struck'], [HIDDEN, 'unseen']];
  const classes = names.filter(([bit]) => attributes & Number(bit)).map(([, name]) => name).join(' ');
  return { text, ground, classes };
}
