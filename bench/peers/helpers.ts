import { createRequire } from 'node:module';

/** Loads a peer; what of it is used, the caller says. */
export const load = createRequire(import.meta.url) as unknown as <Module>(name: string) => Module;

/** Calls a function that takes a callback in Node's manner. */
export function called(take: (callback: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => take((error) => (error ? reject(error) : resolve())));
}

export const sleep = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * For peers that are begun by a signal and end the process: `over` is their last hook before that, and leaves the
 * news of it time to get out.
 */
export function bySignal(): { begin(): Promise<void>; over(): Promise<void> } {
  let resolve: () => void = () => {};
  const done = new Promise<void>((settle) => {
    resolve = settle;
  });
  return {
    begin: () => {
      process.kill(process.pid, 'SIGTERM');
      return done;
    },
    over: () => {
      resolve();
      return sleep(50);
    },
  };
}
