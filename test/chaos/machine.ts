import { clearInterval, now, setInterval } from './clock.js';

const EVERY_MS = 5;

/** Measures the time that the machine gave to others although this process had work: no law can hold against that. */
export class Machine {
  stolenMs = 0;
  #lastAt = now();
  #lastUsage = process.cpuUsage();
  readonly #timer = setInterval(() => this.#sample(), EVERY_MS);

  stop(): void {
    this.#sample();
    clearInterval(this.#timer);
  }

  #sample(): void {
    const used = process.cpuUsage(this.#lastUsage);
    const busyMs = (used.user + used.system) / 1_000;
    this.stolenMs += Math.max(0, now() - this.#lastAt - EVERY_MS - busyMs);
    this.#lastAt = now();
    this.#lastUsage = process.cpuUsage();
  }
}
