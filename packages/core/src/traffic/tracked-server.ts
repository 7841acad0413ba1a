import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { type AcceptQueue, acceptQueueOf } from '../node/accept-queue.js';
import { now } from '../node/clock.js';
import type { Foreign } from '../node/foreign.js';
import {
  type HttpSocket,
  openSockets,
  rawSocketOf,
  receivingSockets,
  sessionOf,
  socketOf,
} from '../node/internals.js';
import { nextTick } from '../node/timers.js';
import { isTlsServer } from '../node/tls.js';
import { bytesRead, countBytes } from './bytes.js';
import type { Connection, ConnectionHome, Receiving } from './connection.js';
import { Connections } from './connections.js';
import { Departures } from './departures.js';
import { discovery } from './discovery.js';
import type { Exchange } from './exchange.js';
import { Gate, type GateKeeper, type Verdict } from './gate.js';
import { Handshake } from './handshake.js';
import { Http1Connection } from './http1-connection.js';
import { Http2Connection } from './http2-connection.js';
import type { Ledger } from './ledger.js';
import { ListeningSocket } from './listening-socket.js';
import { ServerEvents, type ServerListener } from './server-events.js';

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
}

/**
 * A server and its connections.
 *
 * 1. A connection is in `connections` exactly while its socket is open.
 * 2. The server is active exactly while it listens or has connections; only then is it referred to from outside of
 *    itself, so that a server that its owner closed is free to go, or to listen again.
 */
export class TrackedServer implements ConnectionHome, ServerListener, GateKeeper {
  readonly connections = new Connections(this, (connection) => this.#connectionClosed(connection));
  /** Connections that have ever come. */
  accepted = 0;
  announcing = false;
  retiredAt = 0;
  readonly #events: ServerEvents;
  readonly #listeningSocket: ListeningSocket;
  readonly #gate: Gate;
  readonly #departures = new Departures(this);
  readonly #sessions = new WeakMap<ServerHttp2Session, Http2Connection>();
  #retiring = false;
  /** Are requests that come now answered 503? */
  #refusing = false;
  #tellingSessions = false;
  #active = false;

  constructor(
    readonly server: Server,
    public ledger: Ledger,
    readonly observer: ServerObserver,
    public probe: boolean,
    public name: string | undefined,
  ) {
    this.#listeningSocket = new ListeningSocket(server, this.foreign);
    this.#events = new ServerEvents(server, this);
    this.#gate = new Gate(server, this);
    for (const socket of openSockets(server)) this.#adopt(socket);
    this.#update();
  }

  get foreign(): Foreign {
    return this.observer.foreign;
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

  /** The lame duck: answers begin to say that their connections end. */
  announce(): void {
    this.announcing = true;
    this.#gate.stand();
    for (const { connection } of this.ledger.inFlight) {
      if (connection.home === this) this.foreign.call('an announcement', () => connection.announce());
    }
  }

  guard(): void {
    this.#gate.stand();
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
   */
  retire(spreadMs = 0): void {
    this.announcing = this.#retiring = true;
    this.retiredAt = now();
    this.#gate.stand();
    const receiving = receivingSockets(this.server);
    const all = [...this.connections.values()];
    const idle =
      spreadMs > 0 ? all.filter(({ socket, state }) => state === 'idle' && !receiving?.has(socket)) : [];
    const later = new Set(idle);
    for (const connection of all) {
      if (later.has(connection)) continue;
      this.foreign.call('the end of a connection', () =>
        connection.retire(isReceiving(connection.socket, receiving)),
      );
    }
    this.#departures.begin(idle, spreadMs, (connection) => {
      connection.retire(this.isReceiving(connection.socket));
    });
    this.observer.onChange();
  }

  get acceptQueue(): AcceptQueue {
    return acceptQueueOf(this.server, discovery.optionsOf?.(this.server));
  }

  /** Closes the listening socket, and nothing else. */
  stopListening(): void {
    if (this.closed) return;
    this.#listeningSocket.stop();
    if (this.connections.size === 0) this.#listeningSocket.emptied();
  }

  /** Requests that come from now on are answered 503, but for the one that a connection is half through sending. */
  refuseLate(): void {
    this.#refusing = true;
    this.#gate.stand();
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
    this.#listeningSocket.giveBack();
    this.#gate.leave();
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
    if (this.connections.size === 0) this.#gate.leave();
    this.#update();
    if (pending) this.observer.onInactive(this);
  }

  onError(error: Error): void {
    if (this.#listeningSocket.open) return;
    discovery.isOver(this.server);
    this.observer.onListenError(this, error);
  }

  onConnection(socket: Socket): void {
    this.accepted++;
    countBytes(socket);
    const secure = isTlsServer(this.server);
    this.#arrived(secure ? new Handshake(this, socket) : new Http1Connection(this, socket));
  }

  onSecureConnection(socket: HttpSocket): void {
    const raw = rawSocketOf(socket, this.connections.keys());
    if (raw) this.connections.delete(raw);
    this.#arrived(new Http1Connection(this, socket));
  }

  /** A connection is HTTP/1 until a session is made of it, which Node does while it announces the connection. */
  onSession(session: ServerHttp2Session): void {
    const socket = socketOf(session) ?? [...this.connections.keys()].at(-1);
    if (socket) this.#add(this.#sessionOn(socket, session));
  }

  onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const session = stream.session as ServerHttp2Session;
    const known = this.#sessions.get(session);
    const socket = known?.socket ?? socketOf(session);
    if (!socket || known?.find(stream)) return;
    const connection = known ?? this.#sessionOn(socket, session);
    if (!known) this.#add(connection);
    const request = { method: headers[':method'] as string, url: headers[':path'] as string };
    this.#refuseIfLate(connection.beginStream(stream, request));
    if (!known) connection.adopt();
  }

  #sessionOn(socket: Socket, session: ServerHttp2Session): Http2Connection {
    const connection = new Http2Connection(this, socket, session);
    this.#sessions.set(session, connection);
    return connection;
  }

  onUpgraded(request: IncomingMessage, socket: Socket): void {
    const connection = this.connections.lookUp(socket) ?? this.#adopt(socket);
    if (connection instanceof Http1Connection) connection.upgraded(request);
  }

  onRequest(socket: Socket, request: IncomingMessage, response: ServerResponse): void {
    const connection = this.connections.lookUp(socket) ?? this.#adopt(socket);
    if (!(connection instanceof Http1Connection)) return;
    // What one chunk brought behind a request whose answer has said close, before its parser could be taken away.
    if (connection.told) this.#gate.judge(response, 'drop');
    else this.#refuseIfLate(connection.beginAnswer(request, response));
  }

  onAnswered(socket: Socket, response: ServerResponse): void {
    const connection = this.connections.lookUp(socket);
    const exchange = connection?.find(response);
    if (exchange) connection?.end(exchange, true);
  }

  #refuseIfLate(exchange: Exchange): void {
    if (!this.#refusing || exchange.promised) return;
    exchange.refused = true;
    this.#gate.judge(exchange.answer, 'refuse');
  }

  onUpgrade(request: IncomingMessage, socket: Socket): Verdict | undefined {
    const connection = this.connections.lookUp(socket);
    if (!(connection instanceof Http1Connection)) return undefined;
    if (connection.told) return 'drop';
    if (!this.#refusing || connection.promised) return undefined;
    connection.refuseUpgrade(request);
    return 'refuse';
  }

  #arrived(connection: Connection): void {
    this.ledger.arrived(connection.openedAt);
    this.#add(connection);
  }

  /** A connection from before tracking. */
  #adopt(socket: HttpSocket): Connection {
    const connection = this.#connectionOf(socket);
    this.#add(connection);
    connection.adopt();
    return connection;
  }

  #connectionOf(socket: HttpSocket): Connection {
    const session = sessionOf(socket);
    if (session) return this.#sessionOn(socket, session);
    const handshake = isTlsServer(this.server) && !('encrypted' in socket);
    return handshake ? new Handshake(this, socket) : new Http1Connection(this, socket);
  }

  #add(connection: Connection): Connection {
    this.connections.put(connection);
    if (!this.#active) this.#update();
    // Not now: Node may make a session of it before this event is over.
    if (this.announcing) nextTick(() => this.#bringUpToDate(connection));
    return connection;
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
      this.#listeningSocket.emptied();
      this.#update();
    }
    this.observer.onChange();
  }

  #update(): void {
    const active = !this.closed;
    if (active === this.#active) return;
    this.#active = active;
    if (active) {
      this.#events.hearRequests();
      this.observer.onActive(this);
    } else {
      this.#events.ignoreRequests();
      this.observer.onInactive(this);
    }
  }
}

function isReceiving(socket: Socket, receiving: ReadonlySet<Socket> | undefined): Receiving {
  return bytesRead(socket) > 0 && receiving?.has(socket);
}
