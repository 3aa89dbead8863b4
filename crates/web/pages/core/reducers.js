// What a delta makes of a topic: the same as the board's model of it does.

import { replay } from './reducers/replay.js';
import { terminal } from './reducers/terminal.js';
import { transcript } from './reducers/transcript.js';

/** @type {Record<string, (whole: any, delta: any) => any>} */
export const reducers = {
  replay,
  terminal,
  transcript,
};
