import type { Exchange } from './exchange.js';

/**
 * The exchanges in flight, oldest first: a list linked through the exchanges themselves. A Set does the same, and
 * is what each request would pay most for.
 */
export class InFlight implements Iterable<Exchange> {
  #oldest: Exchange | undefined;
  #newest: Exchange | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds an exchange that has not been in flight yet. */
  add(exchange: Exchange): void {
    exchange.older = this.#newest;
    if (this.#newest) this.#newest.newer = exchange;
    else this.#oldest = exchange;
    this.#newest = exchange;
    exchange.inFlight = true;
    this.#size++;
  }

  /** False if it was not in flight. */
  delete(exchange: Exchange): boolean {
    if (!exchange.inFlight) return false;
    const { older, newer } = exchange;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    exchange.inFlight = false;
    exchange.older = exchange.newer = undefined;
    this.#size--;
    return true;
  }

  /** Whoever goes through it may delete the exchange that it is at. */
  *[Symbol.iterator](): Generator<Exchange, void, undefined> {
    let next = this.#oldest;
    while (next) {
      const exchange = next;
      next = exchange.newer;
      yield exchange;
    }
  }
}
