import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type EventEmitter, errorMonitor } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { UpgradeEvents } from './upgrade-events.js';

/** What Node publishes at the beginning and at the end of each HTTP/1 request (diagnostics_channel). */
const REQUEST_START = 'http.server.request.start';
const RESPONSE_FINISH = 'http.server.response.finish';

interface RequestMessage {
  server: Server;
  socket: Socket;
  request: IncomingMessage;
  response: ServerResponse;
}

/** What Node tells of a server. */
export interface ServerListener {
  onListening(): void;
  /** Its last socket has closed, too. */
  onClose(): void;
  onError(error: Error): void;
}

/** What Node tells of what comes to a server. */
export interface TrafficListener {
  onConnection(socket: Socket): void;
  /** A TLS handshake is done; the socket is another one than that of its connection. */
  onSecureConnection(socket: Socket): void;
  onSession(session: ServerHttp2Session): void;
  onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void;
  /** An upgrade or CONNECT has taken a socket over. */
  onUpgraded(request: IncomingMessage, socket: Socket): void;
  onRequest(socket: Socket, request: IncomingMessage, response: ServerResponse): void;
  /** An HTTP/1 answer has been handed to the kernel. */
  onAnswered(socket: Socket, response: ServerResponse): void;
}

// biome-ignore lint/suspicious/noExplicitAny: a listener of any event
type Listener = (...args: any[]) => void;

/** Hears what Node tells of one server: its events, before other listeners do, and HTTP/1 requests on two channels. */
export class ServerEvents {
  readonly #server: EventEmitter;
  readonly #events: readonly (readonly [event: string | symbol, listener: Listener])[];
  readonly #upgrades: UpgradeEvents;
  readonly #channels: readonly (readonly [channel: string, listener: (message: unknown) => void])[];

  constructor(server: Server, listener: ServerListener, traffic: TrafficListener) {
    this.#server = server;
    this.#events = [
      ['listening', () => listener.onListening()],
      ['close', () => listener.onClose()],
      [errorMonitor, (error) => listener.onError(error)],
      ['connection', (socket) => traffic.onConnection(socket)],
      ['secureConnection', (socket) => traffic.onSecureConnection(socket)],
      ['session', (session) => traffic.onSession(session)],
      ['stream', (stream, headers) => traffic.onStream(stream, headers)],
    ];
    this.#channels = [
      [
        REQUEST_START,
        (message) => {
          const { server: of, socket, request, response } = message as RequestMessage;
          if (of === server) traffic.onRequest(socket, request, response);
        },
      ],
      [
        RESPONSE_FINISH,
        (message) => {
          const { server: of, socket, response } = message as RequestMessage;
          if (of === server) traffic.onAnswered(socket, response);
        },
      ],
    ];
    for (const [event, on] of this.#events) this.#server.prependListener(event, on);
    this.#upgrades = new UpgradeEvents(server, (request, socket) => traffic.onUpgraded(request, socket));
  }

  /** Requests are heard of from now on: they are published for all servers, so each subscriber costs all of them. */
  hearRequests(): void {
    for (const [name, listener] of this.#channels) subscribe(name, listener);
  }

  ignoreRequests(): void {
    for (const [name, listener] of this.#channels) unsubscribe(name, listener);
  }

  /** Somebody may have taken all listeners off. */
  get hearsClose(): boolean {
    return this.#events.some(
      ([event, on]) => event === 'close' && this.#server.listeners(event).includes(on),
    );
  }

  /** Nothing of it is left on the server. */
  release(): void {
    for (const [event, listener] of this.#events) this.#server.off(event, listener);
    this.#upgrades.release();
    this.ignoreRequests();
  }
}
