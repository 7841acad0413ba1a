import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type EventEmitter, errorMonitor } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { type Connection, type ConnectionHome, Handshake } from './connection.js';
import type { Exchange } from './exchange.js';
import { Http1Connection } from './http1-connection.js';
import { Http2Connection } from './http2-connection.js';
import { refuseLateRequests } from './late-requests.js';
import type { Ledger } from './ledger.js';
import {
  closeListener,
  type HttpSocket,
  openSockets,
  rawSocketOf,
  receivingSockets,
  sessionOf,
  socketOf,
  stopTimeoutChecks,
} from './node-internals.js';
import { now } from './phase.js';

/** What Node publishes at the beginning and at the end of each HTTP/1 request (diagnostics_channel). */
const REQUEST_START = 'http.server.request.start';
const RESPONSE_FINISH = 'http.server.response.finish';

/**
 * The connection of a socket is looked up on the socket itself, twice a request: the map costs half as much again as
 * all the rest. Where two drains track one server, it is that of the drain that came last.
 */
const CONNECTION = Symbol('http-drain.connection');

interface TrackedSocket extends Socket {
  [CONNECTION]?: Connection | undefined;
}

interface RequestMessage {
  server: net.Server;
  socket: TrackedSocket;
  request: IncomingMessage;
  response: ServerResponse;
}

/** What a tracked server tells the drain that it belongs to. */
export interface ServerObserver {
  /** It listens, or has connections: shutting down has to wait for it. */
  onActive(server: TrackedServer): void;
  /** It neither listens nor has connections any more. */
  onInactive(server: TrackedServer): void;
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
export class TrackedServer implements ConnectionHome {
  readonly connections = new Map<Socket, Connection>();
  announcing = false;
  retiredAt = 0;
  #retiring = false;
  /** The answers to be 503; undefined while none is. */
  #refused: WeakSet<object> | undefined;
  #endRefusal: (() => void) | undefined;
  #active = false;
  /** From 'listening' to 'close', which Node emits once its last socket has closed. */
  #open: boolean;

  constructor(
    readonly server: net.Server,
    readonly ledger: Ledger,
    readonly observer: ServerObserver,
    readonly probe: boolean,
    readonly name: string | undefined,
  ) {
    this.#open = server.listening;
    server.on('listening', this.#onListening);
    server.on('close', this.#onServerClose);
    (server as EventEmitter).on(errorMonitor, this.#onError);
    server.prependListener('connection', this.#onConnection);
    server.prependListener('secureConnection', this.#onSecureConnection);
    server.prependListener('session', this.#onSession);
    server.prependListener('stream', this.#onStream);
    for (const socket of openSockets(server)) this.#adopt(socket);
    this.#update();
  }

  /** Has it stopped listening, and is its last connection gone? */
  get closed(): boolean {
    return !this.#open && this.connections.size === 0;
  }

  get address(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') return address ?? 'not listening';
    return address.family === 'IPv6'
      ? `[${address.address}]:${address.port}`
      : `${address.address}:${address.port}`;
  }

  /** The lame duck: answers begin to say that their connections end. */
  announce(): void {
    this.announcing = true;
    for (const { connection } of this.ledger.inFlight) if (connection.home === this) connection.announce();
  }

  /** No new work on any connection: the idle ones close now, the others once they are idle. */
  retire(): void {
    this.announcing = this.#retiring = true;
    this.retiredAt = now();
    const receiving = receivingSockets(this.server, this.connections.keys());
    for (const connection of this.connections.values()) connection.retire(receiving.has(connection.socket));
  }

  /**
   * Closes the listening socket, and nothing else. `http.Server.close()` would also cut answers that are still being
   * flushed, and switch the header and request timeouts off; so until it has closed, close() is net's own for
   * everybody, frameworks that close one binding after another included.
   */
  stopListening(): void {
    if (this.closed) return;
    const close = net.Server.prototype.close;
    (this.server as { close: typeof close }).close = close;
    if (this.server.listening) this.server.close();
  }

  /** Requests that come from now on are answered 503, but for the one that a connection is half through sending. */
  refuseLate(): void {
    this.#refused = new WeakSet();
    this.#endRefusal = refuseLateRequests(
      this.server,
      (answer) => this.#refused?.has(answer) === true,
      this.#onStream,
    );
  }

  force(): void {
    for (const connection of this.connections.values()) connection.force();
  }

  /** Nothing of ours is left on the server. */
  release(): void {
    this.#giveBack();
    this.server.off('listening', this.#onListening);
    this.server.off('close', this.#onServerClose);
    (this.server as EventEmitter).off(errorMonitor, this.#onError);
    this.server.off('connection', this.#onConnection);
    this.server.off('secureConnection', this.#onSecureConnection);
    this.server.off('session', this.#onSession);
    this.server.off('stream', this.#onStream);
    this.#unsubscribe();
  }

  /** Its close() is its own again, and so are its requests. */
  #giveBack(): void {
    delete (this.server as { close?: unknown }).close;
    this.#endRefusal?.();
    this.#endRefusal = undefined;
  }

  isReceiving(socket: Socket): boolean {
    return receivingSockets(this.server, [socket]).has(socket);
  }

  holds(connection: Connection): boolean {
    return this.connections.get(connection.socket) === connection;
  }

  /** The exchange of a request, or of a stream. */
  find(socket: Socket | undefined, answer: object): Exchange | undefined {
    return socket && this.connections.get(socket)?.find(answer);
  }

  readonly #onListening = (): void => {
    this.#open = true;
    this.#update();
    this.observer.onListening(this);
  };

  readonly #onServerClose = (): void => {
    this.#open = false;
    stopTimeoutChecks(this.server);
    this.#giveBack();
    this.#update();
  };

  readonly #onError = (error: Error): void => {
    if (!this.#open) this.observer.onListenError(this, error);
  };

  readonly #onConnection = (socket: Socket): void => {
    const secure = this.server instanceof tls.Server;
    const connection = secure ? new Handshake(this, socket) : new Http1Connection(this, socket);
    this.ledger.arrived(connection.openedAt);
    this.#add(connection);
  };

  readonly #onSecureConnection = (socket: HttpSocket): void => {
    const raw = rawSocketOf(socket);
    if (raw) this.connections.delete(raw);
    const connection = new Http1Connection(this, socket);
    this.ledger.arrived(connection.openedAt);
    this.#add(connection);
  };

  /** A connection is HTTP/1 until a session is made of it, which Node does while it announces the connection. */
  readonly #onSession = (session: ServerHttp2Session): void => {
    const socket = socketOf(session) ?? [...this.connections.keys()].at(-1);
    if (socket) this.#add(new Http2Connection(this, socket, session));
  };

  readonly #onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const socket = stream.session && socketOf(stream.session as ServerHttp2Session);
    const connection = socket && this.connections.get(socket);
    if (!(connection instanceof Http2Connection)) return;
    const request = { method: headers[':method'] as string, url: headers[':path'] as string };
    this.#refuseIfLate(connection.beginStream(stream, request));
  };

  readonly #onRequestStart = (message: unknown): void => {
    const { server, socket, request, response } = message as RequestMessage;
    if (server !== this.server) return;
    const connection = this.#lookUp(socket) ?? this.#adopt(socket);
    if (connection instanceof Http1Connection) this.#refuseIfLate(connection.beginAnswer(request, response));
  };

  #refuseIfLate(exchange: Exchange): void {
    if (!this.#refused || exchange.promised) return;
    exchange.refused = true;
    this.#refused.add(exchange.answer);
  }

  readonly #onResponseFinish = (message: unknown): void => {
    const { server, socket, response } = message as RequestMessage;
    if (server !== this.server) return;
    const connection = this.#lookUp(socket);
    const exchange = connection?.find(response);
    if (exchange) connection?.end(exchange, true);
  };

  #lookUp(socket: TrackedSocket): Connection | undefined {
    const connection = socket[CONNECTION];
    return connection?.home === this ? connection : this.connections.get(socket);
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
    if (session) return new Http2Connection(this, socket, session);
    const handshake = this.server instanceof tls.Server && !('encrypted' in socket);
    return handshake ? new Handshake(this, socket) : new Http1Connection(this, socket);
  }

  #add(connection: Connection): Connection {
    const { socket } = connection;
    const isNew = !this.connections.has(socket);
    this.connections.set(socket, connection);
    Object.defineProperty(socket, CONNECTION, { value: connection, writable: true, configurable: true });
    if (isNew) this.#listenForClose(socket);
    if (!this.#active) this.#update();
    // Not now: Node may make a session of it before this event is over.
    if (this.announcing) process.nextTick(() => this.#bringUpToDate(connection));
    return connection;
  }

  #bringUpToDate(connection: Connection): void {
    if (!this.holds(connection)) return;
    connection.announce();
    if (this.#retiring) connection.retire(false);
  }

  /** One listener for all sockets, which are its `this`: a closure each would cost memory for each connection. */
  readonly #listenForClose = closeListener(
    ((home: TrackedServer) =>
      function (this: Socket): void {
        home.#socketClosed(this);
      })(this),
  );

  #socketClosed(socket: TrackedSocket): void {
    const connection = this.connections.get(socket);
    if (!connection) return;
    this.connections.delete(socket);
    socket[CONNECTION] = undefined;
    connection.closed();
    if (!this.probe) this.ledger.connectionClosed(connection.forced);
    if (this.connections.size === 0) this.#update();
  }

  #update(): void {
    const active = !this.closed;
    if (active === this.#active) return;
    this.#active = active;
    if (active) {
      subscribe(REQUEST_START, this.#onRequestStart);
      subscribe(RESPONSE_FINISH, this.#onResponseFinish);
      this.observer.onActive(this);
    } else {
      this.#unsubscribe();
      this.observer.onInactive(this);
    }
  }

  #unsubscribe(): void {
    unsubscribe(REQUEST_START, this.#onRequestStart);
    unsubscribe(RESPONSE_FINISH, this.#onResponseFinish);
  }
}
