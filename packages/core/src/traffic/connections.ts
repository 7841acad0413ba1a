import type { Socket } from 'node:net';
import { closeListener, isHandedOn } from '../node/internals.js';
import { isTlsServer } from '../node/tls.js';
import type { Connection } from './connection.js';

/**
 * The connection of a socket is looked up on the socket itself, twice a request: the map costs half as much again as
 * all the rest. Where two drains track one server, it is that of the drain that came last.
 */
const CONNECTION = Symbol('http-drain.connection');

interface TrackedSocket extends Socket {
  [CONNECTION]?: Connection | undefined;
}

/** Does a tracked server have the connection that TLS makes of this socket? */
export const isSecuredByTracked = ({ [CONNECTION]: connection }: TrackedSocket): boolean =>
  connection !== undefined && isTlsServer(connection.home.server);

/** The connections of a server by their sockets, each in it exactly while its socket is open. */
export class Connections extends Map<Socket, Connection> {
  readonly #home: object;
  readonly #listenForClose: (socket: Socket) => void;
  readonly #closed: (socket: TrackedSocket) => void;
  /** Once there are so many, it is looked whether all of them are still ours. */
  #sweepAt = 64;

  /** @param onClosed - called with a connection whose socket has closed, and which is in it no more */
  constructor(home: object, onClosed: (connection: Connection) => void) {
    super();
    this.#home = home;
    this.#closed = (socket) => {
      const connection = this.get(socket);
      if (!connection) return;
      this.delete(socket);
      socket[CONNECTION] = undefined;
      onClosed(connection);
    };
    const closed = this.#closed;
    // One listener for all sockets, which are its `this`: a closure each would cost memory for each connection.
    this.#listenForClose = closeListener(function (this: Socket): void {
      closed(this);
    });
  }

  /** Takes the place of the one that its socket had: a handshake, or HTTP/1 before a session is made of it. */
  put(connection: Connection): void {
    const { socket } = connection;
    const isNew = !this.has(socket);
    this.set(socket, connection);
    Object.defineProperty(socket, CONNECTION, { value: connection, writable: true, configurable: true });
    if (!isNew) return;
    this.#listenForClose(socket);
    if (this.size >= this.#sweepAt) this.sweep();
  }

  /** Takes those for closed that were handed on to another process, of which nothing tells. */
  sweep(): void {
    for (const socket of this.keys()) if (isHandedOn(socket)) this.#closed(socket);
    this.#sweepAt = 2 * this.size + 64;
  }

  lookUp(socket: TrackedSocket): Connection | undefined {
    const connection = socket[CONNECTION];
    return connection?.home === this.#home ? connection : this.get(socket);
  }

  holds(connection: Connection): boolean {
    return this.get(connection.socket) === connection;
  }

  /** They are somebody else's. */
  letGo(): void {
    for (const socket of this.keys()) (socket as TrackedSocket)[CONNECTION] = undefined;
    this.clear();
  }
}
