import { AsyncLocalStorage } from 'node:async_hooks';
import type { Server } from 'node:net';
import { type Drain, processDrain, untilSignal } from '@http-drain/core';
import type { Adapter } from './traffic.js';

type Step = (signal?: string) => Promise<void>;

/** What Nest does when it closes, in this order, be it in `close()` or at a signal of `enableShutdownHooks()`. */
const STEPS = ['callDestroyHook', 'callBeforeShutdownHook', 'dispose', 'callShutdownHook'] as const;

/** The part of a NestApplication that is used. Its steps are protected, which is for subclasses. */
export interface Closable extends Record<'close' | (typeof STEPS)[number], Step> {
  getHttpAdapter(): Adapter;
  getHttpServer(): Server;
}

/** What a grace period should leave after the deadline, for the process to end by itself. */
const TO_END_MS = 2_000;

/**
 * Makes an application drain before it closes, and close when it has drained, at a signal too. Each step of closing is
 * taken once, by whomever and however often it is asked for.
 */
export function closeThroughDrain(
  app: Closable,
  drain: Drain,
  signals: readonly NodeJS.Signals[] | false | undefined,
): void {
  const insideStep = new AsyncLocalStorage<boolean>();
  let signal: string | undefined;
  let isIdle = false;
  let closing = false;

  /** Within the deadline, and in the report, unless somebody has begun, who waits for the drain. */
  const takeBackHook = drain.afterDrain('app.close', () => {
    isIdle = true;
    return closing ? undefined : app.close(signal);
  });

  const untilIdle = async (): Promise<void> => {
    closing = true;
    // An application that does not listen, as in a test, is not the one to end the process drain.
    if (drain === processDrain && drain.ready && !app.getHttpServer().listening) takeBackHook();
    else if (!isIdle && !isDrained(drain)) await drain.shutdown();
  };

  const close = app.close.bind(app);
  // Within a hook of the application's it would wait for itself.
  app.close = async (given) => (insideStep.getStore() ? undefined : close(given));
  for (const name of STEPS) {
    const step = app[name].bind(app);
    let taken: Promise<void> | undefined;
    app[name] = (given) => {
      taken ??= (async () => {
        if (name === 'callDestroyHook') await untilIdle();
        await insideStep.run(true, step, given ?? signal);
      })();
      return taken;
    };
  }

  const closeAtSignal = async (): Promise<void> => {
    const name = await untilSignal({ drain, signals: signals || undefined });
    if (name === 'shutdown') return;
    signal = name;
    const { outcome, hooks } = await drain.shutdown();
    if (outcome === 'forced' || hooks.some(({ error }) => error)) process.exitCode ||= 1;
    // Nest's own handler does so at once. It ends what nobody has closed: a microservice of Nest 10, a forgotten pool.
    setTimeout(() => process.kill(process.pid, name), TO_END_MS).unref();
  };

  if (signals === false) return;
  const adapter = app.getHttpAdapter();
  const listen = adapter.listen.bind(adapter);
  adapter.listen = (...args) => {
    app.getHttpServer().once('listening', () => void closeAtSignal());
    return listen(...args);
  };
}

/** Nothing is left to wait for: close() in an afterDrain hook must not wait for that very hook. */
const isDrained = (drain: Drain): boolean =>
  !drain.ready && drain.inFlight === 0 && drain.snapshot().servers.every(({ probe }) => probe);
