/** The servers of a world, and the witness: what they saw of connections and requests, told without the drain. */
import type http from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { now, turn } from './clock.js';
import { handle, type Request, type Response, type Setting } from './handlers.js';
import { create, Feeder, listenOn, Neighbour, REUSES_PORTS } from './servers.js';
import type { ServerPlan } from './world.js';

/** A request that reached a handler. */
export interface Handled {
  id: string;
  url: string;
  beganAt: number;
  port: number | undefined;
  /** Its answer was handed over whole. */
  finishedAt: number | undefined;
  endedAt: number | undefined;
}

/** A connection that a server accepted. */
export interface Accepted {
  port: number | undefined;
  socket: Socket;
  at: number;
  closedAt: number | undefined;
}

/** Over TLS, Node reads on after backpressure of pipelined answers has paused its parser, and takes that for an error of
 * the client: it answers 400, or cuts. It does so without us, too: seen on 20, 22 and 26. */
const STUMBLED = 'HPE_PAUSED';

export class Place {
  readonly server: Server;
  readonly handled: Handled[] = [];
  readonly accepted: Accepted[] = [];
  /** The ports of clients over which Node itself has stumbled, or that were too much for it. */
  readonly stumbledOver = new Set<number | undefined>();
  readonly webSockets = new WebSocketServer({ noServer: true });
  listeners: Map<string | symbol, readonly unknown[]> = new Map();
  /** Its owner called close(), with which Node itself cuts answers. */
  ownerClosed = false;
  /** The port that it had, once it has listened. */
  port: number | undefined;
  /** Calls of the close() that its owner has put on it. */
  ownCloseCalls = 0;
  readonly #ownClose: Server['close'] | undefined;
  #listenedAt = 0;
  #neighbour: Neighbour | undefined;
  /** Whoever else listens for it, or beside it. */
  #others: { leave(): void }[] = [];

  constructor(
    readonly plan: ServerPlan,
    readonly setting: Setting,
  ) {
    this.server = create(plan.kind);
    this.server.on('connection', (socket: Socket) => this.#onConnection(socket));
    this.server.on('secureConnection', (socket: Socket) => {
      const { remotePort } = socket;
      socket.on('error', ({ code }: NodeJS.ErrnoException) => {
        if (code === STUMBLED) this.stumbledOver.add(remotePort);
      });
    });
    this.server.on('request', (request: Request, response: Response) => this.#onRequest(request, response));
    this.server.on('upgrade', (request: http.IncomingMessage, socket: Socket, head: Buffer) =>
      this.#onUpgrade(request, socket, head),
    );
    this.server.on('connect', (request: http.IncomingMessage, socket: Socket) =>
      this.#takeOver(request, socket),
    );
    this.server.on('sessionError', () => {});
    if (plan.ownClose) this.server.close = this.#ownClose = this.#makeOwnClose();
    this.rememberListeners();
  }

  rememberListeners(): void {
    this.listeners = listenersOf(this.server);
  }

  /** A server that is discovered is none. */
  get isProbe(): boolean {
    return this.plan.probe && !this.isDiscovered;
  }

  /** Only by listening it is found. */
  get isDiscovered(): boolean {
    return this.plan.tracked === 'discovered' && this.plan.life !== 'is fed';
  }

  /** Is its close() what its owner made of it? On one that has closed there may be ours, which calls back once. */
  get hasItsClose(): boolean {
    if (this.#ownClose) return this.server.close === this.#ownClose;
    return !this.server.listening || !Object.hasOwn(this.server, 'close');
  }

  get changedListeners(): string[] {
    const current = listenersOf(this.server);
    const names = new Set([...current.keys(), ...this.listeners.keys()]);
    const changed = [...names].filter((name) => !sameMembers(current.get(name), this.listeners.get(name)));
    // The callback of a listen() that was given up stays, Node's own close() leaves it there.
    const isOwn = (name: string | symbol) => name === 'listening' && this.plan.life === 'is about to listen';
    return changed.filter((name) => !isOwn(name)).map(String);
  }

  get openSockets(): Accepted[] {
    return this.accepted.filter(({ socket }) => !socket.closed);
  }

  /** Did it begin to listen when the drain was over, and so was none of its business? */
  listenedAfter(closedAt: number | undefined): boolean {
    return closedAt !== undefined && this.#listenedAt >= closedAt;
  }

  /** Node does not tell of the end of an answer that waited behind another one: its connection's end is its own. */
  endOf({ endedAt = Infinity, port }: Handled): number {
    const connection = this.accepted.find((accepted) => accepted.port === port);
    return Math.min(endedAt, connection?.closedAt ?? Infinity);
  }

  async listen(host = '127.0.0.1'): Promise<void> {
    this.#listenedAt = now();
    const { kind, life, shared } = this.plan;
    const feeder = life === 'is fed' ? new Feeder(this.server) : undefined;
    this.port = await listenOn(feeder?.server ?? this.server, 0, shared, host);
    this.#others = feeder ? [feeder] : [];
    if (shared && REUSES_PORTS) {
      this.#neighbour = await Neighbour.open(kind, this.port, this.setting);
      this.#others.push(this.#neighbour);
    }
    await turn();
  }

  closeOthers(): void {
    for (const other of this.#others) other.leave();
  }

  /** Did the kernel give a client's connection to the neighbour? */
  isNeighbours(port: number | undefined): boolean {
    return this.#neighbour?.has(port) === true;
  }

  #makeOwnClose(): Server['close'] {
    const { close } = this.server;
    const count = () => this.ownCloseCalls++;
    return function (this: Server, callback?: (error?: Error) => void) {
      count();
      return close.call(this, callback);
    };
  }

  ownerCloses(): void {
    this.ownerClosed = true;
    this.server.close();
  }

  #onConnection(socket: Socket): void {
    const accepted: Accepted = { port: socket.remotePort, socket, at: now(), closedAt: undefined };
    this.accepted.push(accepted);
    socket.on('close', () => {
      accepted.closedAt = now();
    });
  }

  #onRequest(request: Request, response: Response): void {
    const url = request.url ?? '';
    const [, route = '', id = ''] = url.split('/');
    const { remotePort: port } = request.socket;
    const handled: Handled = { id, url, port, beganAt: now(), finishedAt: undefined, endedAt: undefined };
    this.handled.push(handled);
    response.setHeader('x-id', id);
    if ('stream' in response) witnessStream(handled, response.stream);
    else witnessResponse(handled, response as http.ServerResponse);
    handle(route, request, response, this.setting);
  }

  #onUpgrade(request: http.IncomingMessage, socket: Socket, head: Buffer): void {
    if (request.url?.startsWith('/websocket'))
      this.webSockets.handleUpgrade(request, socket, head, (client) => client.on('error', () => {}));
    else this.#takeOver(request, socket);
  }

  /** A tunnel whose owner ends it when draining begins, unless its path says that it is rude. */
  #takeOver(request: http.IncomingMessage, socket: Socket): void {
    socket.on('error', () => {});
    const tunnel = request.method === 'CONNECT';
    socket.write(
      tunnel
        ? 'HTTP/1.1 200 OK\r\nx-id: tunnel\r\n\r\n'
        : 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chaos\r\n\r\n',
    );
    socket.resume();
    socket.on('end', () => socket.end());
    if (request.url?.includes('rude')) return;
    const { signal } = this.setting.drain;
    if (signal.aborted) socket.end();
    else signal.addEventListener('abort', () => socket.end(), { once: true });
  }
}

function witnessResponse(handled: Handled, response: http.ServerResponse): void {
  response.on('finish', () => {
    handled.finishedAt = handled.endedAt = now();
  });
  response.on('close', () => {
    handled.endedAt ??= now();
  });
}

/** Whether an HTTP/2 answer was whole is left to its client to say. */
function witnessStream(handled: Handled, stream: ServerHttp2Stream): void {
  stream.on('close', () => {
    handled.endedAt = now();
  });
}

function listenersOf(server: Server): Map<string | symbol, readonly unknown[]> {
  return new Map(server.eventNames().map((name) => [name, server.rawListeners(name as string)]));
}

function sameMembers(some: readonly unknown[] = [], others: readonly unknown[] = []): boolean {
  return some.length === others.length && some.every((member) => others.includes(member));
}
