// A map of rooms, of what was seen of them alone. No DOM here.

/**
 * @typedef {{id: string, title: string, exits: {direction: string, to: string}[]}} Room
 * @typedef {{id: string, title: string, seen: boolean, x: number, y: number}} Place
 * @typedef {{from: string, to: string, seen: boolean}} Way
 */

/** @type {Map<string, [number, number]>} */
const STEPS = new Map([
  ['north', [0, -1]], ['south', [0, 1]], ['east', [1, 0]], ['west', [-1, 0]], ['northeast', [1, -1]], ['northwest', [-1, -1]],
  ['southeast', [1, 1]], ['southwest', [-1, 1]], ['up', [1, -1]], ['down', [-1, 1]],
]);
/** How far a room is pushed where another one stands. */
const FARTHEST = 6;

/** A name of the world, for people. @param {string} name */
export function spoken(name) {
  return name.replaceAll('-', ' ');
}

/** Where rooms stand to each other: those that were seen, and those that an exit of them names. @param {Room[]} rooms @returns {{places: Place[], ways: Way[], width: number, height: number}} */
export function draw(rooms) {
  const known = new Map(rooms.map((room) => [room.id, room]));
  /** @type {Map<string, Place>} */
  const places = new Map();
  const taken = new Set();
  for (const room of rooms) if (!places.has(room.id)) spread(room);
  return framed([...places.values()], ways(rooms));

  /** @param {Room} first */
  function spread(first) {
    put(first.id, free(0, places.size === 0 ? 0 : lowest() + 2, [0, 1]));
    for (const queue = [first.id]; queue.length > 0;) {
      const at = /** @type {Place} */ (places.get(/** @type {string} */ (queue.shift())));
      for (const { direction, to } of known.get(at.id)?.exits ?? []) {
        if (places.has(to)) continue;
        const step = STEPS.get(direction) ?? [1, 1];
        put(to, free(at.x + step[0], at.y + step[1], step));
        queue.push(to);
      }
    }
  }

  /** @param {number} x @param {number} y @param {[number, number]} step @returns {[number, number]} */
  function free(x, y, step) {
    for (let far = 0; far < FARTHEST; far += 1) {
      const [ahead, beside] = [[x + step[0] * far, y + step[1] * far], [x + step[1] * far, y - step[0] * far]];
      for (const [one, other] of [ahead, beside]) if (!taken.has(`${one} ${other}`)) return [one, other];
    }
    let row = y;
    while (taken.has(`${x} ${row}`)) row += 1;
    return [x, row];
  }

  /** @param {string} id @param {[number, number]} place */
  function put(id, [x, y]) {
    taken.add(`${x} ${y}`);
    const room = known.get(id);
    places.set(id, { id, title: room?.title ?? spoken(id), seen: Boolean(room), x, y });
  }

  function lowest() {
    return Math.max(...[...places.values()].map(({ y }) => y));
  }
}

/** @param {Room[]} rooms @returns {Way[]} */
function ways(rooms) {
  const known = new Set(rooms.map(({ id }) => id));
  const drawn = new Set();
  const all = [];
  for (const { id, exits } of rooms) {
    for (const { to } of exits) {
      if (drawn.has(`${to} ${id}`) || drawn.has(`${id} ${to}`)) continue;
      drawn.add(`${id} ${to}`);
      all.push({ from: id, to, seen: known.has(to) });
    }
  }
  return all;
}

/** @param {Place[]} places @param {Way[]} all */
function framed(places, all) {
  const [left, top] = [Math.min(0, ...places.map(({ x }) => x)), Math.min(0, ...places.map(({ y }) => y))];
  const moved = places.map((place) => ({ ...place, x: place.x - left, y: place.y - top }));
  const [width, height] = [1 + Math.max(0, ...moved.map(({ x }) => x)), 1 + Math.max(0, ...moved.map(({ y }) => y))];
  return { places: moved, ways: all, width, height };
}
