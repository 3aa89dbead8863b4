// The world as a player has seen it.

/** Lines that are kept; the board keeps as many. */
const LINES = 100;

/** @param {any} world @param {any} change @returns {any} */
export function adventure(world, change) {
  const { id, title, exits } = change.room;
  const seen = change.mapped ? [...world.seen.filter((/** @type {any} */ room) => room.id !== id), { id, title, exits }] : [...world.seen];
  seen.sort((one, other) => (one.id < other.id ? -1 : 1));
  const log = change.said ? [...world.log, change.said].slice(-LINES) : world.log;
  return { now: { ...change, said: null }, seen, log };
}
