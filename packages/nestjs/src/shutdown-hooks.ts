/** The part of a NestApplication that is used. Where Nest keeps its listeners is private: without it there is a warning. */
export interface ShutdownHooks {
  /** In Nest 10 and 11. */
  shutdownCleanupRef?: object;
  /** In Nest 12, by signal. */
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
    const { shutdownCleanupRef: one, shutdownCleanupRefs: more } = app;
    for (const listener of [one, ...(more?.values() ?? [])]) if (listener) waiting.add(listener);
  };
  const enable = app.enableShutdownHooks.bind(app);
  app.enableShutdownHooks = (...args) => {
    const result = enable(...args);
    know();
    return result;
  };
  know();
}
