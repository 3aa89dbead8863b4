// The map of a world, as far as it was seen.

import { draw } from '../../core/map.js';
import { fill, h } from '../element.js';

const WIDTH = 124;
const HEIGHT = 58;
const ROOM = [114, 36];
/** Letters of a title that fit in a room. */
const LETTERS = 16;

/** @returns {{element: any, show: (seen: any[], here: string) => void}} */
export function map() {
  const element = h('div', { class: 'map scroll', tabindex: '0', role: 'region', 'aria-label': 'Map', 'data-test': 'adventure-map' });
  let shown = '';
  return { element, show };

  /** @param {any[]} seen @param {string} here */
  function show(seen, here) {
    const next = JSON.stringify([seen, here]);
    if (next === shown) return;
    shown = next;
    const { places, ways, width, height } = draw(seen);
    const at = new Map(places.map((place) => [place.id, place]));
    const size = { width: width * WIDTH, height: height * HEIGHT };
    const title = at.get(here)?.title ?? '';
    fill(element, h('svg', { ...size, viewBox: `0 0 ${size.width} ${size.height}`, role: 'img', 'aria-label': `${seen.length} rooms seen so far; you are in ${title}` },
      ways.map((way) => line(way, at)), places.map((place) => room(place, place.id === here))));
    const me = at.get(here);
    if (!me) return;
    element.scrollLeft = middle(me).x - element.clientWidth / 2;
    element.scrollTop = middle(me).y - element.clientHeight / 2;
  }
}

/** @param {{x: number, y: number}} place */
function middle({ x, y }) {
  return { x: (x + 0.5) * WIDTH, y: (y + 0.5) * HEIGHT };
}

/** @param {import('../../core/map.js').Way} way @param {Map<string, import('../../core/map.js').Place>} at */
function line({ from, to, seen }, at) {
  const [one, other] = [at.get(from), at.get(to)];
  if (!one || !other) return null;
  const [a, b] = [middle(one), middle(other)];
  return h('line', { x1: a.x, y1: a.y, x2: b.x, y2: b.y, class: seen ? 'way' : 'way unseen' });
}

/** @param {import('../../core/map.js').Place} place @param {boolean} here */
function room(place, here) {
  const { x, y } = middle(place);
  const name = [...place.title];
  const words = name.length > LETTERS ? `${name.slice(0, LETTERS - 1).join('')}…` : place.title;
  const kind = `place${here ? ' here' : ''}${place.seen ? '' : ' unseen'}`;
  return h('g', { class: kind }, h('title', {}, place.title),
    h('rect', { x: x - ROOM[0] / 2, y: y - ROOM[1] / 2, width: ROOM[0], height: ROOM[1], rx: 6 }),
    h('text', { x, y: y + 4, 'text-anchor': 'middle' }, words));
}
