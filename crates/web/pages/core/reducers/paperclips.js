// A game as it goes on.

/** Samples that are kept; the board keeps as many. */
const SAMPLES = 240;

/** @param {any} game @param {any} step @returns {any} */
export function paperclips(game, step) {
  return {
    samples: [...game.samples, step.sample].slice(-SAMPLES),
    status: step.status ?? game.status,
    projects: step.projects ?? game.projects,
    menu: step.menu ?? game.menu,
  };
}
