import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { type HttpSocket, rawSocketOf, sessionOf, socketOf, wasCut } from '../node/internals.js';
import { isTlsServer } from '../node/tls.js';
import { countBytes } from './bytes.js';
import type { Connection, ConnectionHome } from './connection.js';
import type { Connections } from './connections.js';
import type { Exchange } from './exchange.js';
import { Gate, type GateKeeper, type Verdict } from './gate.js';
import { Handshake } from './handshake.js';
import { Http1Connection } from './http1-connection.js';
import { Http2Connection } from './http2-connection.js';
import type { TrafficListener } from './server-events.js';

/** What arrivals need of the server that they come to. */
export interface ArrivalsHome extends ConnectionHome {
  readonly connections: Connections;
  /** Takes a connection, also in the place of the one that its socket had. */
  add(connection: Connection): void;
}

/**
 * What comes to a server: connections, sessions on them, requests on these. Each is brought to its connection, which is
 * made where there is none yet; late requests are kept from the handlers by the gate.
 */
export class Arrivals implements TrafficListener, GateKeeper {
  /** Connections that have ever come. */
  accepted = 0;
  /** Are requests that come now answered 503? */
  refusing = false;
  readonly gate: Gate;
  readonly #home: ArrivalsHome;
  readonly #sessions = new WeakMap<ServerHttp2Session, Http2Connection>();

  constructor(home: ArrivalsHome) {
    this.#home = home;
    this.gate = new Gate(home.server, this);
  }

  get foreign(): ConnectionHome['foreign'] {
    return this.#home.foreign;
  }

  onConnection(socket: Socket): void {
    this.accepted++;
    countBytes(socket);
    this.#arrived(
      this.#speaksTls ? new Handshake(this.#home, socket) : new Http1Connection(this.#home, socket),
    );
  }

  onSecureConnection(socket: HttpSocket): void {
    const { connections } = this.#home;
    const raw = rawSocketOf(socket, connections.keys());
    if (raw) connections.delete(raw);
    this.#arrived(new Http1Connection(this.#home, socket));
  }

  /** A connection is HTTP/1 until a session is made of it, which Node does while it announces the connection. */
  onSession(session: ServerHttp2Session): void {
    const socket = socketOf(session) ?? [...this.#home.connections.keys()].at(-1);
    if (socket) this.#home.add(this.#sessionOn(socket, session));
  }

  onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const session = stream.session as ServerHttp2Session;
    const known = this.#sessions.get(session);
    const socket = known?.socket ?? socketOf(session);
    if (!socket || known?.find(stream)) return;
    const connection = known ?? this.#sessionOn(socket, session);
    if (!known) this.#home.add(connection);
    const request = { method: headers[':method'] as string, url: headers[':path'] as string };
    this.#refuseIfLate(connection.beginStream(stream, request));
    if (!known) connection.adopt();
  }

  onUpgraded(request: IncomingMessage, socket: Socket): void {
    const connection = this.#connectionOf(socket);
    if (connection instanceof Http1Connection) connection.upgraded(request);
  }

  onRequest(socket: Socket, request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connectionOf(socket);
    if (!(connection instanceof Http1Connection)) return;
    // What one chunk brought behind a request whose answer has said close, before its parser could be taken away.
    if (connection.told) this.gate.judge(response, 'drop');
    else this.#refuseIfLate(connection.beginAnswer(request, response));
  }

  onAnswered(socket: Socket, response: ServerResponse): void {
    const connection = this.#home.connections.lookUp(socket);
    const exchange = connection?.find(response);
    if (exchange) connection?.end(exchange, !wasCut(socket));
  }

  onUpgrade(request: IncomingMessage, socket: Socket): Verdict | undefined {
    const connection = this.#home.connections.lookUp(socket);
    if (!(connection instanceof Http1Connection)) return undefined;
    if (connection.told) return 'drop';
    if (!this.refusing || connection.promised) return undefined;
    connection.refuseUpgrade(request);
    return 'refuse';
  }

  /** Takes a socket from before tracking. */
  adopt(socket: HttpSocket): Connection {
    const connection = this.#make(socket);
    this.#home.add(connection);
    connection.adopt();
    return connection;
  }

  #connectionOf(socket: Socket): Connection {
    return this.#home.connections.lookUp(socket) ?? this.adopt(socket);
  }

  #make(socket: HttpSocket): Connection {
    const session = sessionOf(socket);
    if (session) return this.#sessionOn(socket, session);
    const shakesHands = this.#speaksTls && !('encrypted' in socket);
    return shakesHands ? new Handshake(this.#home, socket) : new Http1Connection(this.#home, socket);
  }

  #sessionOn(socket: Socket, session: ServerHttp2Session): Http2Connection {
    const connection = new Http2Connection(this.#home, socket, session);
    this.#sessions.set(session, connection);
    return connection;
  }

  #arrived(connection: Connection): void {
    this.#home.ledger.arrived(connection.openedAt);
    this.#home.add(connection);
  }

  #refuseIfLate(exchange: Exchange): void {
    if (!this.refusing || exchange.promised || this.#home.ledger.isProbe(exchange.request)) return;
    exchange.refused = true;
    this.gate.judge(exchange.answer, 'refuse');
  }

  get #speaksTls(): boolean {
    return isTlsServer(this.#home.server);
  }
}
