import type { Connection, ConnectionHome } from './connection.js';
import { type Spread, spread } from './spread.js';

/** Connections that are told to go, or closed, one after the other: not all at once. */
export class Departures {
  readonly #home: ConnectionHome;
  #spread: Spread | undefined;
  /** Those whose turn is still to come. */
  #waiting: Set<Connection> = new Set();

  constructor(home: ConnectionHome) {
    this.#home = home;
  }

  /**
   * Calls `depart` with each of them that is still open when its turn comes, evenly over so many milliseconds.
   *
   * @param look - called before those that go at one moment: no more has been read when the last of them goes
   */
  begin<T extends Connection>(
    connections: readonly T[],
    ms: number,
    depart: (connection: T) => void,
    look?: () => void,
  ): void {
    this.stop();
    this.#waiting = new Set(connections);
    const calls = connections.map((connection) => () => {
      this.#waiting.delete(connection);
      if (!this.#home.holds(connection)) return;
      this.#home.foreign.call('the end of a connection', () => depart(connection));
    });
    this.#spread = spread(calls, ms, look);
  }

  /** It has nothing under way, and is open only because it was not yet its turn. */
  isWaiting(connection: Connection): boolean {
    return this.#waiting.has(connection) && connection.exchanges.length === 0;
  }

  /** All whose turn is still to come have it now. */
  hurry(): void {
    this.#spread?.hurry();
  }

  /** They are left to others. */
  stop(): void {
    this.#spread?.stop();
    this.#spread = undefined;
    this.#waiting.clear();
  }
}
