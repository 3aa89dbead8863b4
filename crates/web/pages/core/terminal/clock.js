// Times and sizes of recordings, in words. No DOM here.

/** Milliseconds as hours, minutes and seconds: 1:02:03. @param {number} milliseconds */
export function clock(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const two = (/** @type {number} */ part) => String(part).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}` : `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** @param {number} bytes */
export function amount(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1 << 20 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

/** Where a recording is by now, as far as this can be told from what was said of it. @param {import('../reducers/replay.js').Play} play @param {number} since milliseconds since it was said */
export function position(play, since) {
  if (!play.plays || play.over || play.seeks) return play.positionMs;
  // It is told four times a second where it is: what is longer ago is not believed.
  return Math.min(play.positionMs + Math.min(since, 400) * play.speed, play.durationMs);
}

/** How a recording ended. @param {{state: string, exitCode: number, signal: string}} recording @returns {{text: string, kind: '' | 'good' | 'warn'}} */
export function outcome({ state, exitCode, signal }) {
  if (state === 'running') return { text: 'Being made', kind: 'good' };
  if (state === 'cut') return { text: 'Cut short', kind: 'warn' };
  if (signal) return { text: `Ended by ${signal}`, kind: '' };
  return { text: exitCode ? `Status ${exitCode}` : 'Whole', kind: '' };
}
