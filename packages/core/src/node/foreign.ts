/**
 * The one way in which code of others is called, be it handed to us (a logger, a hook, a `ws` client) or put on what
 * we use (a patched method of a server or a socket).
 */
export interface Foreign {
  /**
   * Calls `fn`. What it throws is kept for the report, and goes no further; undefined is returned then.
   *
   * @param what - names what is called, for the report: a fault of the same name is told of once
   */
  call<T>(what: string, fn: () => T): T | undefined;
}
