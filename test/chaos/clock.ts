/** Those of the machine: a world may put others in their place, which stand still. */
export const { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = globalThis;
const { performance } = globalThis;
const readClock = performance.now;

/** The timers of one world: none of them outlives it. */
export class Clock {
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped = false;

  later(ms: number, run: () => void): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }

  /** Resolves after `ms`; never, once the world is over. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.later(ms, resolve));
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

export const now = (): number => readClock.call(performance);

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
