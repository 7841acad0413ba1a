import type { Server, Socket } from 'node:net';
import { type AcceptQueue, acceptQueueOf } from '../node/accept-queue.js';
import { now } from '../node/clock.js';
import type { Foreign } from '../node/foreign.js';
import { openSockets, receivingSockets } from '../node/internals.js';
import { clearTimeout, nextTick, setInterval, type Timer } from '../node/timers.js';
import { Arrivals, type ArrivalsHome } from './arrivals.js';
import { bytesRead } from './bytes.js';
import type { Connection, Receiving } from './connection.js';
import { Connections, isSecuredByTracked } from './connections.js';
import { Departures } from './departures.js';
import { discovery } from './discovery.js';
import type { Exchange } from './exchange.js';
import { Http2Connection } from './http2-connection.js';
import type { Ledger } from './ledger.js';
import { ListeningSocket, type Owner } from './listening-socket.js';
import { ServerEvents, type ServerListener } from './server-events.js';

/** How often, while it drains, it is looked whether a connection was handed on to another process, or a stream given up. */
const SWEEP_MS = 250;

/** What a tracked server tells the drain that it belongs to. */
export interface ServerObserver {
  /** Calls what others have put on servers and sockets. */
  readonly foreign: Foreign;
  /** It listens, or has connections: shutting down has to wait for it. */
  onActive(server: TrackedServer): void;
  /** It neither listens nor has connections any more. */
  onInactive(server: TrackedServer): void;
  /** A connection of it has closed, or all of them were retired. */
  onChange(): void;
  onListening(server: TrackedServer): void;
  /** It failed where it does not listen (yet, or any more). */
  onListenError(server: TrackedServer, error: Error): void;
  /** While it is guarded its owner closes what is idle, or all of it, and waits for that: what has come is read first. */
  onClosedByOwner(server: TrackedServer, what: 'idle' | 'all'): void;
}

/**
 * A server and its connections.
 *
 * 1. A connection is in `connections` exactly while its socket is open.
 * 2. The server is active exactly while it listens or has connections; only then is it referred to from outside of
 *    itself, so that a server that its owner closed is free to go, or to listen again.
 */
export class TrackedServer implements ArrivalsHome, ServerListener {
  readonly connections = new Connections(this, (connection) => this.#connectionClosed(connection));
  announcing = false;
  retiredAt = 0;
  /** It has listened, or had a connection. */
  wasHeard = false;
  readonly #events: ServerEvents;
  readonly #listeningSocket: ListeningSocket;
  readonly #arrivals: Arrivals;
  readonly #departures = new Departures(this);
  #retiring = false;
  #tellingSessions = false;
  #sweeping: Timer | undefined;
  #active = false;

  constructor(
    readonly server: Server,
    public ledger: Ledger,
    readonly observer: ServerObserver,
    public probe: boolean,
    public name: string | undefined,
  ) {
    this.#listeningSocket = new ListeningSocket(server, this.foreign);
    this.#arrivals = new Arrivals(this);
    this.#events = new ServerEvents(server, this, this.#arrivals);
    const isNew = !server.listening && discovery.optionsOf(server) !== undefined;
    for (const socket of openSockets(server, (one) => !isNew && !isSecuredByTracked(one))) {
      this.#arrivals.adopt(socket);
    }
    this.#update();
  }

  get foreign(): Foreign {
    return this.observer.foreign;
  }

  /** Connections that have ever come. */
  get accepted(): number {
    return this.#arrivals.accepted;
  }

  /** Has it stopped listening, and is its last connection gone? */
  get closed(): boolean {
    return !this.#listeningSocket.open && this.connections.size === 0;
  }

  /** `listen()` was called, and neither does it listen, for all that has been told, nor has it failed. */
  get pending(): boolean {
    if (this.#listeningSocket.open) return false;
    return this.server.listening || discovery.isPending(this.server);
  }

  get address(): string {
    return this.#listeningSocket.address;
  }

  /** It turns out to be a probe server, or none: what is in flight on it counts there from now on. */
  move(probe: boolean, ledger: Ledger): void {
    for (const exchange of this.ledger.inFlight) {
      if (exchange.connection.home === this) this.ledger.handOver(exchange, ledger);
    }
    if (probe) this.ledger.forget(this.connections.values());
    this.probe = probe;
    this.ledger = ledger;
    // A probe server goes on as ever until its turn comes.
    if (probe) this.announcing = this.#retiring;
  }

  /** A drain begins, or is about to: its owner's `close()` is not to cut what still flows. */
  guardClose(): void {
    const owner: Owner = {
      awaitsClose: () => this.observer.onClosedByOwner(this, 'all'),
      closesIdle: () => this.observer.onClosedByOwner(this, 'idle'),
    };
    this.foreign.call('the guard of close()', () => this.#listeningSocket.guardClose(owner));
  }

  /** The lame duck: answers begin to say that their connections end. */
  announce(): void {
    this.announcing = true;
    this.#arrivals.gate.stand();
    for (const { connection } of this.ledger.inFlight) {
      if (connection.home === this) this.foreign.call('an announcement', () => connection.announce());
    }
  }

  guard(): void {
    this.#arrivals.gate.stand();
  }

  /** The HTTP/2 sessions get their GOAWAY, spread over some time, each at the next moment for it; new ones, too. */
  tellSessions(spreadMs: number): void {
    this.#tellingSessions = true;
    const sessions = [...this.connections.values()].filter(
      (connection) => connection instanceof Http2Connection,
    );
    this.#departures.begin(sessions, spreadMs, (session) => session.leave());
  }

  /**
   * No new work on any connection: the idle ones close now, or evenly over `spreadMs`, the others once they are idle.
   * Where there are many, what comes on the next of them while the first are closed is still read, and answered.
   */
  retire(spreadMs = 0): void {
    this.announcing = this.#retiring = true;
    this.retiredAt = now();
    this.#arrivals.gate.stand();
    this.#sweepNowAndThen();
    const receiving = receivingSockets(this.server);
    const idle = new Set(this.#idle(receiving));
    for (const connection of this.connections.values()) {
      if (connection.retired || idle.has(connection)) continue;
      this.foreign.call('the end of a connection', () =>
        connection.retire(isReceiving(connection.socket, receiving)),
      );
    }
    this.#retireOneByOne([...idle], spreadMs);
    this.observer.onChange();
  }

  /** Closes the idle connections, and nothing else. */
  closeIdle(): void {
    this.#retireOneByOne(this.#idle(receivingSockets(this.server)), 0);
  }

  /** Nothing is under way on them, and nothing comes. */
  #idle(receiving: ReadonlySet<Socket> | undefined): Connection[] {
    // Where Node does not know who is half through a request (on a server that is fed by hand), each may be.
    const mayReceive = (connection: Connection) =>
      receiving?.has(connection.socket) ?? !(connection instanceof Http2Connection);
    return [...this.connections.values()].filter(
      (connection) => connection.state === 'idle' && !connection.retired && !mayReceive(connection),
    );
  }

  #retireOneByOne(connections: readonly Connection[], spreadMs: number): void {
    let receiving: ReadonlySet<Socket> | undefined;
    const retire = (connection: Connection) => connection.retire(isReceiving(connection.socket, receiving));
    this.#departures.begin(connections, spreadMs, retire, () => {
      receiving = receivingSockets(this.server);
    });
  }

  /** What is handed on to another process, or given up, from now on would be waited for, too. */
  #sweepNowAndThen(): void {
    const sweep = () => {
      this.connections.sweep();
      for (const connection of this.connections.values()) connection.sweep();
    };
    sweep();
    this.#sweeping ??= setInterval(sweep, SWEEP_MS);
  }

  get acceptQueue(): AcceptQueue {
    return acceptQueueOf(this.server, discovery.optionsOf?.(this.server));
  }

  /** Closes the listening socket, and nothing else. */
  stopListening(): void {
    if (this.closed) return;
    this.#listeningSocket.stop();
    if (this.connections.size === 0) this.#emptied();
  }

  #emptied(): void {
    this.#listeningSocket.emptied();
    // Node has nothing to wait for any more, and tells nobody.
    if (this.#listeningSocket.open && !this.#events.hearsClose && !this.server.listening)
      nextTick(() => this.closed || this.onClose());
  }

  /** Requests that come from now on are answered 503, but for the one that a connection is half through sending. */
  refuseLate(): void {
    this.#arrivals.refusing = true;
    this.#arrivals.gate.stand();
  }

  /** It will not listen: `close()` ends a `listen()` that is under way. */
  giveUpListening(): void {
    if (this.pending) this.server.close();
  }

  /** The time is over: whoever can still be answered is, and is left to be destroyed by `force()`. */
  cutShort(): void {
    if (!this.#retiring) this.#departures.stop();
    const left = [...this.connections.values()].filter(
      (connection) => !this.#departures.isWaiting(connection),
    );
    this.#departures.hurry();
    for (const connection of left) {
      this.foreign.call('the end of a connection', () => connection.cutShort());
    }
  }

  force(): void {
    for (const connection of this.connections.values()) {
      this.foreign.call('the end of a connection', () => connection.force());
    }
  }

  /** Nothing of ours is left on the server. */
  release(): void {
    clearTimeout(this.#sweeping);
    this.#listeningSocket.giveBack();
    this.#arrivals.gate.leave();
    this.#departures.stop();
    this.#events.release();
  }

  /** It is somebody else's. */
  letGo(): void {
    this.connections.letGo();
    this.release();
  }

  isReceiving(socket: Socket): Receiving {
    return isReceiving(socket, receivingSockets(this.server));
  }

  holds(connection: Connection): boolean {
    return this.connections.holds(connection);
  }

  /** The exchange of a request, or of a stream. */
  find(socket: Socket | undefined, answer: object): Exchange | undefined {
    return socket && this.connections.get(socket)?.find(answer);
  }

  onListening(): void {
    this.#listeningSocket.open = true;
    this.#update();
    this.observer.onListening(this);
  }

  onClose(): void {
    const { pending } = this;
    discovery.isOver(this.server);
    this.#listeningSocket.closed();
    if (this.connections.size === 0) this.#arrivals.gate.leave();
    this.#update();
    if (pending) this.observer.onInactive(this);
  }

  onError(error: Error): void {
    if (this.#listeningSocket.open) return;
    discovery.isOver(this.server);
    this.observer.onListenError(this, error);
  }

  add(connection: Connection): void {
    this.connections.put(connection);
    if (!this.#active) this.#update();
    // Not now: Node may make a session of it before this event is over.
    if (this.announcing) nextTick(() => this.#bringUpToDate(connection));
  }

  #bringUpToDate(connection: Connection): void {
    if (!this.holds(connection)) return;
    connection.announce();
    if (this.#retiring) connection.retire(false);
    else if (this.#tellingSessions && connection instanceof Http2Connection) connection.leave();
  }

  #connectionClosed(connection: Connection): void {
    connection.closed();
    if (!this.probe) this.ledger.connectionClosed(connection.forced);
    if (this.connections.size === 0) {
      this.#emptied();
      this.#update();
    }
    this.observer.onChange();
  }

  #update(): void {
    const active = !this.closed;
    if (active === this.#active) return;
    this.#active = active;
    if (active) {
      this.wasHeard = true;
      this.#events.hearRequests();
      this.observer.onActive(this);
    } else {
      clearTimeout(this.#sweeping);
      this.#sweeping = undefined;
      this.#events.ignoreRequests();
      this.observer.onInactive(this);
    }
  }
}

function isReceiving(socket: Socket, receiving: ReadonlySet<Socket> | undefined): Receiving {
  return bytesRead(socket) > 0 && receiving?.has(socket);
}
