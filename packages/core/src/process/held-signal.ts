import cluster from 'node:cluster';
import type { Server } from 'node:net';
import type { Drain } from '../drain/drain.js';
import type { DrainLogger } from '../drain/options.js';
import { now } from '../node/clock.js';
import { setImmediate } from '../node/timers.js';
import { forgiveClosing } from './closed-servers.js';
import { isSelfSent } from './exit-guard.js';
import { untilHandedOut } from './handed-out.js';
import type { Arrival } from './signal-gate.js';
import { ourListeners, SAME_PRESS_MS } from './signal-listeners.js';

/** A worker of a cluster that was signalled with all others is told once more, by its primary. */
const RELAYED_MS = 2_000;

const samePressMs = (): number => (cluster.isWorker ? RELAYED_MS : SAME_PRESS_MS);

/**
 * Holds the signal that ends the process until the process drain has closed.
 *
 * ```
 * nothing held ──first signal──▶ held, draining ──closed, or upgraded sockets alone left──▶ delivered
 *                                     └──second signal──▶ held, forcing ──closed──▶ delivered
 * ```
 *
 * 1. One signal is held, the first; it is delivered once, with the arguments that it came with.
 * 2. Whatever is not held goes straight through: what comes before a server listens, what comes for a program that
 *    drains by itself, and from the third signal on everything.
 */
export class HeldSignal {
  readonly #drain: Drain;
  readonly #logger: DrainLogger;
  readonly #servers: ReadonlySet<Server>;
  #heldAt: number | undefined;
  #forced = false;
  #delivered = false;

  /**
   * @param logger - for a drain that has none
   * @param servers - those that listen, or have connections
   */
  constructor(drain: Drain, logger: DrainLogger, servers: ReadonlySet<Server>) {
    this.#drain = drain;
    this.#logger = logger;
    this.#servers = servers;
  }

  /** Returns false where the signal is to go straight through. */
  keeps(arrival: Arrival): boolean {
    if (this.#heldAt === undefined) return this.#begin(arrival);
    const isSamePress = now() - this.#heldAt < samePressMs();
    if (isSelfSent(arrival.signal) || isSamePress) return !this.#delivered;
    const isThird = this.#forced;
    this.#forced = true;
    this.#drain.force();
    return !isThird && !this.#delivered;
  }

  #begin(arrival: Arrival): boolean {
    const drain = this.#drain;
    if (drain.snapshot().servers.length === 0) return false;
    const isAwaited = process.listeners(arrival.signal).some((listener) => ourListeners.has(listener));
    if (isAwaited || (drain.claimed && arrival.isHeard)) return false;
    this.#heldAt = now();
    void this.#deliverAfter(arrival);
    return true;
  }

  async #deliverAfter(arrival: Arrival): Promise<void> {
    await undefined; // whoever waits for an answer to the signal has it first
    const servers = [...this.#servers];
    await untilHandedOut(servers);
    const { logger = this.#logger } = this.#drain;
    const closed = this.#drain.shutdown({ logger });
    // A server of WebSockets tells its clients to go when the program closes it, which a listener may be to do.
    await (arrival.isHeard ? Promise.race([closed, this.#drain.untilUpgraded()]) : closed);
    // Outside of a promise: what a listener throws is an uncaught exception, as ever.
    setImmediate(() => {
      this.#delivered = true;
      forgiveClosing(servers);
      arrival.deliver();
    });
  }
}
