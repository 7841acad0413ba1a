/** Servers of each kind, and those who listen for the server of a world, or beside it. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { handle, type Request, type Response, type Setting } from './handlers.js';
import type { Kind } from './world.js';

const pem = readFileSync(new URL('localhost.pem', import.meta.url));
const credentials = { key: pem, cert: pem };

/** Since 22.12 and 23.1 (Node documentation, `server.listen()`), on Linux. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
export const REUSES_PORTS = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);

export function create(kind: Kind): Server {
  switch (kind) {
    case 'http':
      return http.createServer();
    case 'https':
      return https.createServer(credentials);
    case 'h2c':
      return http2.createServer();
    case 'h2':
      return http2.createSecureServer({ ...credentials, allowHTTP1: true });
  }
}

/** Resolves with the port; one that was closed meanwhile has none. */
export async function listenOn(
  server: Server,
  port: number,
  shared: boolean,
  host = '127.0.0.1',
): Promise<number | undefined> {
  const reusePort = shared && REUSES_PORTS ? { reusePort: true } : {};
  await new Promise<void>((resolve) => server.listen({ port, host, ...reusePort }, resolve));
  return (server.address() as AddressInfo | null)?.port;
}

/** Accepts connections for a server that is fed by hand. */
export class Feeder {
  readonly server: Server;
  readonly #fed = new Set<Socket>();

  constructor(fed: Server) {
    this.server = net.createServer((socket) => {
      this.#fed.add(socket);
      fed.emit('connection', socket);
    });
  }

  /** What it fed too late is its own to end. */
  leave(): void {
    this.server.close();
    for (const socket of this.#fed) socket.destroy();
  }
}

/** Listens on the same port: to whom of both a client comes the kernel decides. */
export class Neighbour {
  readonly #server: Server;
  /** By the ports of its clients. */
  readonly #sockets = new Map<number | undefined, Socket>();

  static async open(kind: Kind, port: number | undefined, setting: Setting): Promise<Neighbour> {
    const neighbour = new Neighbour(create(kind), setting);
    if (port !== undefined) await listenOn(neighbour.#server, port, true);
    return neighbour;
  }

  private constructor(server: Server, setting: Setting) {
    this.#server = server;
    server.on('connection', (socket: Socket) => this.#sockets.set(socket.remotePort, socket));
    server.on('sessionError', () => {});
    server.on('request', (request: Request, response: Response) => {
      const [, route = '', id = ''] = (request.url ?? '').split('/');
      response.setHeader('x-id', id);
      handle(route, request, response, setting);
    });
  }

  has(port: number | undefined): boolean {
    return this.#sockets.has(port);
  }

  leave(): void {
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}
