/** What holds the process: sockets, servers, child processes. Without Node's list: nothing. */
export const activeHandles = (): unknown[] =>
  (process as { _getActiveHandles?(): unknown[] })._getActiveHandles?.() ?? [];
