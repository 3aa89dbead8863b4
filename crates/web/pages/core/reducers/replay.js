// What a delta makes of a recording that is played.

import { terminal } from './terminal.js';

/**
 * @typedef {object} Play
 * @property {number} positionMs
 * @property {number} durationMs
 * @property {boolean} plays
 * @property {number} speed
 * @property {boolean} skipsIdle
 * @property {boolean} over
 * @property {boolean} seeks
 * @property {any} trouble
 * @typedef {{screen: import('./terminal.js').Screen | null, play: Play}} Replay
 */

/** @param {Replay} replay @param {{frame: import('./terminal.js').Frame | null, play: Play}} delta @returns {Replay} */
export function replay({ screen }, { frame, play }) {
  if (!frame) return { screen, play };
  return { screen: terminal(screen ?? { status: frame.status, lines: [] }, frame), play };
}
