import type { DrainOptions } from '../drain/options.js';

/** What `register` has put into this process, for all copies of this package. */
export interface Registration {
  /** What the environment says: the options that the process drain begins with. */
  readonly options: DrainOptions;
  /** Is this signal caught, though nobody seems to listen for it? */
  catches(signal: string): boolean;
}

const KEY = Symbol.for('@http-drain/core:register:1');

const shared = globalThis as { [KEY]?: Registration };

export const registration = (): Registration | undefined => shared[KEY];

export function setRegistration(made: Registration): void {
  shared[KEY] = made;
}
