import type { Server } from 'node:net';
import { shadow } from '../node/shadow.js';

type Callback = (error?: NodeJS.ErrnoException) => void;

/**
 * To whoever calls `close()` of these servers from now on it is as if they still listened: that we have closed them is
 * no error of his. Whatever is behind that name is called as ever.
 */
export function forgiveClosing(servers: Iterable<Server>): void {
  for (const server of servers) {
    shadow(server, 'close', (close) => {
      return function (this: Server, callback?: unknown, ...rest: unknown[]): unknown {
        return close.call(
          this,
          typeof callback === 'function' ? forgiving(callback as Callback) : callback,
          ...rest,
        );
      };
    });
  }
}

const forgiving =
  (callback: Callback): Callback =>
  (error, ...rest) =>
    error?.code === 'ERR_SERVER_NOT_RUNNING' ? callback() : callback(error, ...rest);
