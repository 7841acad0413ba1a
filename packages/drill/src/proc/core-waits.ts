import { waitsForCore } from './processes.js';

/**
 * For how long, in all, those who serve have waited for a core: of each stretch between two looks, as long as the thread
 * that waited longest in it. (The longest total would be that of a thread that waited long ago, and now does nothing.)
 */
export class CoreWaits {
  readonly #byThread = new Map<string, number>();
  readonly #read: typeof waitsForCore;
  #ms = 0;

  constructor(read = waitsForCore) {
    this.#read = read;
  }

  /** Looks at these processes; gives the sum so far, in ms. */
  look(pids: readonly number[]): number {
    let longest = 0;
    for (const [thread, ms] of pids.flatMap((pid) => [...this.#read(pid)])) {
      longest = Math.max(longest, ms - (this.#byThread.get(thread) ?? ms));
      this.#byThread.set(thread, ms);
    }
    this.#ms += longest;
    return this.#ms;
  }
}
