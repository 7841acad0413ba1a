/** The part of a NestApplication that is used. Where Nest keeps the listener is private: without it there is a warning. */
export interface ShutdownHooks {
  /** Up to 11. */
  shutdownCleanupRef?: object;
  /** From 12 on, by signal. */
  shutdownCleanupRefs?: Map<string, object>;
  enableShutdownHooks(...args: never[]): unknown;
}

/** Listeners for signals that wait for the drain. */
export const waiting = new WeakSet<object>();

/**
 * Sees which listener `enableShutdownHooks()` has for signals, be it called before or later: it takes the steps of
 * closing, which wait for the drain.
 */
export function knowShutdownHooks(app: ShutdownHooks): void {
  const know = () => {
    if (app.shutdownCleanupRef) waiting.add(app.shutdownCleanupRef);
    for (const listener of app.shutdownCleanupRefs?.values() ?? []) waiting.add(listener);
  };
  const enable = app.enableShutdownHooks.bind(app);
  app.enableShutdownHooks = (...args) => {
    const result = enable(...args);
    know();
    return result;
  };
  know();
}
