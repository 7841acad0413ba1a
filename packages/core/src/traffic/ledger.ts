import { now } from '../node/clock.js';
import { type Exchange, pathOf, type RequestHead, type RequestInfo, type StuckRequest } from './exchange.js';
import { InFlight } from './in-flight.js';

/** A client has read its answer after this long, or it is one that would rather write: a round trip, and some. */
const RECENTLY_MS = 100;

/** How an exchange ended: answered whole; the client went away; or we destroyed its connection. */
export type ExchangeEnd = 'completed' | 'aborted' | 'forced';

/** Requests, counted from the call of `shutdown()` on. Health probes are in none of these. */
export interface RequestCounts {
  /** In flight when `shutdown()` was called. */
  inFlightAtStart: number;
  /** Answered whole, however late they came. */
  completed: number;
  /** Arrived after draining began; each is in one of the other counts too, once it has ended. */
  late: number;
  /** Answered 503, by `lateRequests: 'reject'`. */
  rejected: number;
  /** Ended by their client (or by their own handler) before the answer was complete. */
  aborted: number;
  /** Destroyed by us, at the deadline or by `force()`. */
  forced: number;
}

/** Connections, counted from the call of `shutdown()` on; those of probe servers are not. */
export interface ConnectionCounts {
  openAtStart: number;
  /** Closed without force, by either side. */
  closed: number;
  forced: number;
}

/** What of a drain's options concerns its traffic. */
export interface LedgerOptions {
  readonly urls: 'path' | 'full';
  readonly maxConnectionAgeMs?: number;
}

/** The requests in flight, and what became of those that ended since the drain began. */
export class Ledger {
  readonly inFlight = new InFlight();
  readonly requests: RequestCounts = {
    inFlightAtStart: 0,
    completed: 0,
    late: 0,
    rejected: 0,
    aborted: 0,
    forced: 0,
  };
  readonly connections: ConnectionCounts = { openAtStart: 0, closed: 0, forced: 0 };
  readonly stuck: StuckRequest[] = [];
  /** Connections and requests that have ever come, and when the last one did: what settling watches. */
  arrivals = 0;
  lastArrivalAt = 0;
  /** Two arrivals of the past, RECENTLY_MS apart at least. */
  #mark = { arrivals: 0, at: -Infinity };
  #olderMark = this.#mark;
  /** Requests that have ever come and are no probes. */
  requestsSeen = 0;
  /** When the last request came that is not a probe: what the quiet lame duck watches. */
  lastRequestAt = 0;
  #lastButOneAt = 0;
  #counting = false;
  #startedAt = -1;
  #atStart = new WeakSet<Exchange>();
  #late = false;

  /** @param probePaths - where health probes are answered, which are refused by nobody */
  constructor(
    readonly options: () => LedgerOptions,
    readonly probePaths: ReadonlySet<string> = new Set(),
  ) {}

  isProbe({ method, url }: RequestHead): boolean {
    if (this.probePaths.size === 0 || (method !== 'GET' && method !== 'HEAD')) return false;
    return this.probePaths.has(pathOf(url ?? ''));
  }

  /** `shutdown()` was called. */
  start(openConnections: number): void {
    this.#counting = true;
    this.#startedAt = now();
    this.#atStart = new WeakSet(this.inFlight);
    this.requests.inFlightAtStart = this.inFlight.size;
    this.connections.openAtStart = openConnections;
  }

  /** Draining has begun: whatever comes now is late. */
  drainingHasBegun(): void {
    this.#late = true;
  }

  arrived(at: number): void {
    this.arrivals++;
    this.lastArrivalAt = at;
    if (at - this.#mark.at < RECENTLY_MS) return;
    this.#olderMark = this.#mark;
    this.#mark = { arrivals: this.arrivals, at };
  }

  /**
   * May an answer have ended within RECENTLY_MS before `at`? It had not, for certain, where what arrived next came
   * before that: so no clock is read at the end of an answer, which each request would pay for.
   *
   * @param usedAfter - `arrivals` when the answer ended
   */
  mayBeRecent(usedAfter: number, at: number): boolean {
    const mark = at - this.#mark.at < RECENTLY_MS ? this.#olderMark : this.#mark;
    return usedAfter >= mark.arrivals;
  }

  begin(exchange: Exchange): void {
    this.inFlight.add(exchange);
    this.requestsSeen++;
    this.arrived(exchange.startedAt);
    this.#lastButOneAt = this.lastRequestAt;
    this.lastRequestAt = exchange.startedAt;
    if (!this.#late) return;
    exchange.late = true;
    this.requests.late++;
  }

  end(exchange: Exchange, how: ExchangeEnd): void {
    if (!this.inFlight.delete(exchange) || !this.#counting) return;
    if (how === 'completed' && exchange.refused) this.requests.rejected++;
    else this.requests[how]++;
    if (how !== 'forced') return;
    this.stuck.push({ ...exchange.describe(this.options().urls), answered: exchange.cutShort });
  }

  /** A health probe: it is answered, but not counted. */
  discount(exchange: Exchange): void {
    if (!this.inFlight.delete(exchange)) return;
    this.requestsSeen--;
    exchange.connection.probing = true;
    if (exchange.startedAt === this.lastRequestAt) this.lastRequestAt = this.#lastButOneAt;
    if (exchange.late) this.requests.late--;
  }

  /** The server of an exchange is another ledger's from now on. */
  handOver(exchange: Exchange, to: Ledger): void {
    if (!this.inFlight.delete(exchange)) return;
    if (exchange.late) this.requests.late--;
    else if (this.#atStart.has(exchange)) this.requests.inFlightAtStart--;
    exchange.late = false;
    to.inFlight.add(exchange);
  }

  /** These connections are of a server that is another ledger's from now on. */
  forget(connections: Iterable<{ readonly openedAt: number }>): void {
    for (const { openedAt } of connections) {
      if (openedAt <= this.#startedAt) this.connections.openAtStart--;
    }
  }

  /** A socket that was handed over is destroyed by us. */
  cutUpgrade(describe: (urls: 'path' | 'full') => RequestInfo | undefined): void {
    const upgrade = describe(this.options().urls);
    if (upgrade && this.#counting) this.stuck.push({ ...upgrade, answered: false });
  }

  connectionClosed(forced: boolean): void {
    if (this.#counting) this.connections[forced ? 'forced' : 'closed']++;
  }
}
