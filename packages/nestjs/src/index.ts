/** All of core's types, so that those of what you export have a name that your project knows. */
export type * from '@http-drain/core';
export {
  afterDrain,
  beforeDrain,
  createDrain,
  onDrain,
  processDrain,
  setReady,
  shutdown,
  untilSignal,
  waitUntil,
} from '@http-drain/core';
export { DRAIN, DrainModule, InjectDrain } from './drain-module.js';
export { type DrainHealth, DrainHealthIndicator } from './health-indicator.js';
export type { DrainModuleAsyncOptions, DrainModuleOptions } from './options.js';
