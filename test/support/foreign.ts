import type { Foreign } from '../../packages/core/src/node/foreign.js';

/** What throws, throws. */
export const unguarded: Foreign = { call: (_what, fn) => fn() };
