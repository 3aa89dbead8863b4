// What a delta makes of a topic: the same as the board's model of it does.

import { capset } from './reducers/capset.js';

/** @type {Record<string, (whole: any, delta: any) => any>} */
export const reducers = { capset };
