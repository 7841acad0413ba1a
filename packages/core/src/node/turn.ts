import { clearTimeout, setImmediate, setTimeout, type Timer } from './timers.js';

/** Resolves after one turn of the event loop, in which waiting connections are accepted and sockets read. */
export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A promise that is resolved from outside. */
export interface Deferred<T = void> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Waits for `promise`, at most `ms` milliseconds; its timer is gone either way. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | 'timeout'> {
  let timer: Timer | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
