import { AsyncLocalStorage } from 'node:async_hooks';
import type { Drain } from '@http-drain/core';

type Step = (signal?: string) => Promise<void>;

/** What Nest does when it closes, in this order, be it in `close()` or at a signal of `enableShutdownHooks()`. */
const STEPS = ['callDestroyHook', 'callBeforeShutdownHook', 'dispose', 'callShutdownHook'] as const;

/** The part of a NestApplication that is used. Its steps are protected, which is for subclasses. */
export type Closable = Record<'close' | (typeof STEPS)[number], Step>;

/**
 * Makes an application drain before it closes. Each step of closing is taken once, by whomever and however often it is
 * asked for.
 *
 * @param signal - the one that came, if any: for hooks that are not told of another
 * @returns a function that closes it, for the drain: it does nothing where somebody has begun, who waits for the drain
 */
export function closeThroughDrain(
  app: Closable,
  drain: Drain,
  signal: () => string | undefined,
): () => unknown {
  const insideStep = new AsyncLocalStorage<boolean>();
  let begun = false;

  const close = app.close.bind(app);
  // Within a hook of the application's it would wait for itself.
  app.close = async (given) => (insideStep.getStore() ? undefined : close(given));
  for (const name of STEPS) {
    const step = app[name].bind(app);
    const take = async (given?: string) => {
      begun = true;
      if (name === 'callDestroyHook') await drain.close();
      await insideStep.run(true, step, given ?? signal());
    };
    let taken: Promise<void> | undefined;
    app[name] = (given) => {
      taken ??= take(given);
      return taken;
    };
  }
  return () => begun || app.close(signal());
}
