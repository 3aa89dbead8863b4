// What a delta makes of a topic: the same as the board's model of it does.

<<<<<<< HEAD
import { replay } from './reducers/replay.js';
import { terminal } from './reducers/terminal.js';

/** @type {Record<string, (whole: any, delta: any) => any>} */
export const reducers = {
  replay,
  terminal,
=======
import { transcript } from './reducers/transcript.js';

/** @type {Record<string, (whole: any, delta: any) => any>} */
export const reducers = {
  transcript,
>>>>>>> pages7
};
