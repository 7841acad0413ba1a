export {
  afterDrain,
  beforeDrain,
  createDrain,
  type Drain,
  type DrainOptions,
  type DrainReport,
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
