import type { Drain } from '../drain/drain.js';
import { DrainTracker, type Observe } from '../drain/drain-tracker.js';
import type { HookFunction } from '../drain/hooks.js';
import type { DrainOptions } from '../drain/options.js';
import type { DrainReport } from '../drain/report.js';
import { tellOf } from '../tell/tell.js';
import { describeLoss } from '../tell/waiting.js';
import { watchForExit, watchForHooks } from './exit-guard.js';
import { warnOfPlatform } from './platform.js';

/** Two copies of this package in one process, of versions that understand each other, share one drain. */
const KEY = Symbol.for('@http-drain/core:process-drain:1');

/**
 * A drain of its own, independent of {@link processDrain}.
 *
 * @throws TypeError for bad options
 */
export const createDrain = (options?: DrainOptions): Drain => new DrainTracker(options, observe);

/** Channels and log lines tell of a drain, and the exit guard watches the process for it. */
const observe: Observe = (drain, state) => ({
  ...tellOf(drain, state),
  watchExit: () => watchForExit(() => describeLoss(state())),
  onConfigured: warnOfPlatform,
  watchHooks: () => watchForHooks(() => state().after.unsettled),
});

/** The drain of this process: the one that the adapters and the functions of this package use. */
export const processDrain: Drain = sharedDrain();

function sharedDrain(): Drain {
  const shared = globalThis as { [KEY]?: Drain };
  shared[KEY] ??= createDrain();
  return shared[KEY];
}

/**
 * Shuts the process drain down. See {@link Drain.shutdown}.
 *
 * @example
 * ```ts
 * const report = await shutdown();
 * process.exitCode = report.clean ? 0 : 1;
 * ```
 */
export const shutdown = (options?: DrainOptions | NodeJS.Signals): Promise<DrainReport> =>
  processDrain.shutdown(options);

/** {@link Drain.beforeDrain} of the process drain. */
export const beforeDrain = (name: string, fn: HookFunction): (() => void) =>
  processDrain.beforeDrain(name, fn);

/** {@link Drain.afterDrain} of the process drain. */
export const afterDrain = (name: string, fn: HookFunction): (() => void) => processDrain.afterDrain(name, fn);

/**
 * {@link Drain.onDrain} of the process drain.
 *
 * @example
 * ```ts
 * response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
 * onDrain(response, () => response.end('event: bye\n\n'));
 * ```
 */
export const onDrain: Drain['onDrain'] = (response, fn) => processDrain.onDrain(response, fn);

/** {@link Drain.waitUntil} of the process drain. */
export const waitUntil = (promise: PromiseLike<unknown>, name?: string): void =>
  processDrain.waitUntil(promise, name);
