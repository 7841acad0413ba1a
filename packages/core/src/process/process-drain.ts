import type { Drain } from '../drain/drain.js';
import { DrainTracker, type Observe } from '../drain/drain-tracker.js';
import type { HookFunction } from '../drain/hooks.js';
import type { DrainOptions } from '../drain/options.js';
import type { DrainReport } from '../drain/report.js';
import { tellOf } from '../tell/tell.js';
import { describeLoss } from '../tell/waiting.js';
import { watchForExit, watchForHooks } from './exit-guard.js';
import { warnOfPlatform } from './platform.js';
import { registration } from './registration.js';
import { tellIfStillAlive } from './still-alive.js';

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
  watchAfterwards: () => tellIfStillAlive(drain),
  watchHooks: () => watchForHooks(() => state().after.unsettled),
});

/** The drain of this process: the one that the adapters and the functions of this package use. */
export const processDrain: Drain = sharedDrain();

function sharedDrain(): Drain {
  const shared = globalThis as { [KEY]?: Drain };
  shared[KEY] ??= createDrain(registration()?.options);
  return shared[KEY];
}

/**
 * Drains every server of the process, and resolves with a report once all is answered and closed and the hooks have run, at
 * the latest at the deadline. It starts once, never rejects, and never ends the process. See {@link Drain.shutdown}.
 *
 * @example
 * ```ts
 * const report = await shutdown();
 * process.exitCode = report.clean ? 0 : 1;
 * ```
 */
export const shutdown = (options?: DrainOptions | NodeJS.Signals): Promise<DrainReport> =>
  processDrain.shutdown(options);

/**
 * A hook of the process that runs as soon as readiness is false: stop consuming jobs here. In order, each awaited, each in
 * the report. Returns a function that takes it back. See {@link Drain.beforeDrain}.
 *
 * @example
 * ```ts
 * beforeDrain('jobs', () => consumer.stop());
 * ```
 */
export const beforeDrain = (name: string, fn: HookFunction): (() => void) =>
  processDrain.beforeDrain(name, fn);

/**
 * A hook of the process that runs once the last connection is closed, also when forced: close the database here. Newest
 * first, each awaited, each in the report. Returns a function that takes it back. See {@link Drain.afterDrain}.
 *
 * @example
 * ```ts
 * afterDrain('database', () => database.end());
 * ```
 */
export const afterDrain = (name: string, fn: HookFunction): (() => void) => processDrain.afterDrain(name, fn);

/**
 * Ends a response when draining begins (an event stream, a long poll), by `response.end()` or in a way of your own, and
 * forgets it once it has closed. See {@link Drain.onDrain}.
 *
 * @example
 * ```ts
 * response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
 * onDrain(response, () => response.end('event: bye\n\n'));
 * ```
 */
export const onDrain: Drain['onDrain'] = (response, fn) => processDrain.onDrain(response, fn);

/**
 * Says that the process is ready, or (`false`) that it is not: what readiness answers while nobody drains. See
 * {@link Drain.setReady}.
 *
 * @example
 * ```ts
 * app.use(drain({ readiness: { path: '/readyz', starting: true } }));
 * await database.connect();
 * setReady();
 * ```
 */
export const setReady = (ready?: boolean): void => processDrain.setReady(ready);

/**
 * Background work, which outlives its request: it counts as in flight until it settles, and `shutdown()` waits for it. See
 * {@link Drain.waitUntil}.
 *
 * @example
 * ```ts
 * waitUntil(traces.flush(), 'flush the traces');
 * ```
 */
export const waitUntil = (promise: PromiseLike<unknown>, name?: string): void =>
  processDrain.waitUntil(promise, name);
