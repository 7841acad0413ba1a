const TICK_MS = 5;

/** Measures how late our own event loop is: what a drill saw late, it must not hold against the service. */
export class LagMeter {
  readonly #late: { at: number; ms: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #due = 0;

  start(): void {
    this.#due = performance.now() + TICK_MS;
    this.#timer = setTimeout(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#tick(false);
  }

  /** The longest delay that touched this stretch of time. */
  worst(from: number, to: number): number {
    const touching = this.#late.filter(({ at, ms }) => at >= from && at - ms <= to);
    return Math.max(0, ...touching.map(({ ms }) => ms));
  }

  #tick(again = true): void {
    const at = performance.now();
    const ms = at - this.#due;
    if (ms > 2) this.#late.push({ at, ms });
    if (again) this.start();
  }
}
