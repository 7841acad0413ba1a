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
export { type GracefulPluginOptions, gracefulPlugin, gracefulPlugin as default } from './plugin.js';
