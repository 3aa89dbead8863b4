// What a delta makes of a topic: the same as the board's model of it does.

import { administration } from './reducers/administration.js';
import { capset } from './reducers/capset.js';
import { transcript } from './reducers/transcript.js';

/** @type {Record<string, (whole: any, delta: any) => any>} */
export const reducers = {
  administration,
  capset,
  transcript,
};
