// What a delta makes of a topic: the same as the board's model of it does.

/** @type {Record<string, (whole: any, delta: any) => any>} */
export const reducers = {};
