import type { Server } from 'node:net';
import type { Foreign } from '../node/foreign.js';
import { Ledger } from './ledger.js';
import { type ServerObserver, TrackedServer } from './tracked-server.js';

/** What is said of a server; what is undefined was not said. */
export interface ServerWords {
  readonly probe?: boolean | undefined;
  readonly name?: string | undefined;
}

export interface ServerSetEvents
  extends Pick<ServerObserver, 'foreign' | 'onListening' | 'onListenError' | 'onClosedByOwner'> {
  /** Less is left than there was: a connection has closed, or takes no new work. */
  onChange(): void;
  /** A server has closed: what is waited for may be over. */
  onProgress(): void;
  /** Nothing of ours is on this server any more. */
  onReleased(server: Server): void;
}

/** The tracked servers. Those that neither listen nor have connections are not kept in memory by it. */
export class ServerSet implements ServerObserver {
  readonly #active = new Set<TrackedServer>();
  readonly #tracked = new WeakMap<Server, TrackedServer>();
  /** All that are tracked, those too that do not listen (yet, or any more), which nothing else of ours refers to. */
  #refs: WeakRef<TrackedServer>[] = [];
  #pruneAt = 64;
  /** How far the main servers are: those that come to have connections later, fed by hand, join them there. */
  #stage: 'serving' | 'announced' | 'refusing' | 'retired' = 'serving';
  #guarding = false;
  readonly #events: ServerSetEvents;
  readonly #ledger: Ledger;
  /** Requests to probe servers are counted apart: only what of them had to be cut is told. */
  readonly probeLedger: Ledger;

  readonly foreign: Foreign;

  constructor(ledger: Ledger, events: ServerSetEvents) {
    this.foreign = events.foreign;
    this.#ledger = ledger;
    this.probeLedger = new Ledger(ledger.options, ledger.probePaths);
    this.#events = events;
  }

  /** Those that listen or have connections, without the probe servers. */
  get main(): TrackedServer[] {
    return [...this.#active].filter(({ probe }) => !probe);
  }

  get probes(): TrackedServer[] {
    return [...this.#active].filter(({ probe }) => probe);
  }

  /** Open connections, without those of the probe servers. */
  get openConnections(): number {
    return this.main.reduce((sum, { connections }) => sum + connections.size, 0);
  }

  get all(): Iterable<TrackedServer> {
    return this.#active;
  }

  /** Those that have never listened, for all that is known, nor had a connection. */
  get unheard(): Server[] {
    const tracked = this.#refs.flatMap((ref) => ref.deref() ?? []);
    return tracked.filter(({ wasHeard }) => !wasHeard).map(({ server }) => server);
  }

  /** Those whose `listen()` is under way, without the probe servers. */
  get pending(): TrackedServer[] {
    return this.allPending.filter(({ probe }) => !probe);
  }

  /** The same, with the probe servers. */
  get allPending(): TrackedServer[] {
    const tracked = this.#refs.flatMap((ref) => ref.deref() ?? []);
    return tracked.filter(({ pending }) => pending);
  }

  /** Returns undefined if it is tracked already; what is said of it counts then, too. */
  track(server: Server, said: ServerWords): TrackedServer | undefined {
    const known = this.#tracked.get(server);
    if (known) {
      this.#hear(known, said);
      return undefined;
    }
    const { probe = false, name } = said;
    const tracked = new TrackedServer(server, this.#ledgerOf(probe), this, probe, name);
    this.#tracked.set(server, tracked);
    this.#refs.push(new WeakRef(tracked));
    if (this.#refs.length >= this.#pruneAt) this.#prune();
    return tracked;
  }

  has(server: object): boolean {
    return this.#tracked.has(server as Server);
  }

  /** The server is somebody else's: nothing of it is known or counted here any more. */
  letGo(server: Server): void {
    const tracked = this.#tracked.get(server);
    if (!tracked) return;
    tracked.move(true, new Ledger(() => ({ urls: 'path' })));
    tracked.letGo();
    this.#tracked.delete(server);
    this.#refs = this.#refs.filter((ref) => ref.deref() !== tracked);
    this.#active.delete(tracked);
    this.#events.onProgress();
  }

  /** A drain begins, or is about to. */
  guardClose(): void {
    this.#guarding = true;
    for (const server of this.#active) server.guardClose();
  }

  /** The lame duck: from now on answers say that their connections end. */
  announce(): void {
    this.#stage = 'announced';
    for (const server of this.main) server.announce();
  }

  /** HTTP/2 sessions get their GOAWAY, evenly over some time, each at its next quiet moment. */
  tellSessions(spreadMs: number): void {
    for (const server of this.main) server.tellSessions(spreadMs);
  }

  /** No new work on any connection; the idle ones are closed evenly over `spreadMs`. */
  retire({ refuseLate, spreadMs }: { refuseLate: boolean; spreadMs: number }): void {
    this.#stage = refuseLate ? 'refusing' : 'retired';
    for (const server of this.main) this.#bringUpToDate(server, spreadMs);
  }

  /** Takes everything of ours off all servers. */
  release(): void {
    for (const ref of this.#refs) {
      const tracked = ref.deref();
      tracked?.release();
      if (tracked) this.#events.onReleased(tracked.server);
    }
    this.#refs = [];
    this.#active.clear();
  }

  onActive(server: TrackedServer): void {
    this.#active.add(server);
    if (this.#guarding) server.guardClose();
    if (!server.probe) this.#bringUpToDate(server);
  }

  onInactive(server: TrackedServer): void {
    this.#active.delete(server);
    this.#events.onProgress();
  }

  onChange(): void {
    this.#events.onChange();
  }

  onListening(server: TrackedServer): void {
    this.#events.onListening(server);
  }

  onListenError(server: TrackedServer, error: Error): void {
    this.#events.onListenError(server, error);
    this.#events.onProgress();
  }

  onClosedByOwner(server: TrackedServer, what: 'idle' | 'all'): void {
    this.#events.onClosedByOwner(server, what);
  }

  #bringUpToDate(server: TrackedServer, spreadMs = 0): void {
    if (this.#stage === 'announced') server.announce();
    if (this.#stage === 'refusing') server.refuseLate();
    if (this.#stage === 'refusing' || this.#stage === 'retired') server.retire(spreadMs);
  }

  #ledgerOf(probe: boolean): Ledger {
    return probe ? this.probeLedger : this.#ledger;
  }

  #hear(tracked: TrackedServer, { probe, name }: ServerWords): void {
    if (name !== undefined) tracked.name = name;
    if (probe === undefined || probe === tracked.probe) return;
    tracked.move(probe, this.#ledgerOf(probe));
    this.#events.onProgress();
  }

  #prune(): void {
    this.#refs = this.#refs.filter((ref) => ref.deref() !== undefined);
    this.#pruneAt = 2 * this.#refs.length + 64;
  }
}
