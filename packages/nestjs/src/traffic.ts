import type { Server } from 'node:net';
import {
  createProbes,
  type Drain,
  type ProbePaths,
  type WebSocketOptions,
  type WebSocketServerLike,
} from '@http-drain/core';

/** The part of Nest's HTTP adapters that is used: through it Express and Fastify answer alike. */
export interface Adapter {
  get(path: string, handler: (request: unknown, response: { raw?: object }) => unknown): unknown;
  setHeader(response: object, name: string, value: string): unknown;
  reply(response: object, body: string, statusCode: number): unknown;
  listen(...args: unknown[]): unknown;
}

/** Answers health probes, in front of guards, global prefix and versions. */
export function serveProbes(adapter: Adapter, drain: Drain, paths: ProbePaths): void {
  const probes = createProbes({ drain, ...paths });
  for (const [path, kind] of probes.paths) {
    adapter.get(path, (_request, response) => {
      void Promise.resolve(probes.answer(kind, response.raw ?? response)).then(
        ({ statusCode, headers, body }) => {
          for (const [name, value] of Object.entries(headers)) adapter.setHeader(response, name, value);
          adapter.reply(response, body, statusCode);
        },
      );
    });
  }
}

/** Calls `fn` once the application listens: `app.listen()` does so through its adapter. */
export function onListening(adapter: Adapter, server: Server, fn: () => void): void {
  const listen = adapter.listen.bind(adapter);
  adapter.listen = (...args) => {
    server.once('listening', fn);
    return listen(...args);
  };
}

/** Where an application keeps the servers of its gateways: of `ws`, of socket.io, or namespaces of one. */
export interface Gateways {
  socketModule?: { socketsContainer?: { getAll(): Map<unknown, { server?: GatewayServer }> } };
}

type Engine = { close(): unknown };
type GatewayServer = WebSocketServerLike & { engine?: Engine; server?: { engine?: Engine } };

/**
 * Tells the clients of gateways to go when draining begins: those of `ws` with a close frame; those of socket.io lose
 * their transport, upon which they connect again, elsewhere. Clients of other adapters are cut at the deadline.
 */
export function tellGateways(app: Gateways, drain: Drain, options: WebSocketOptions | undefined): void {
  for (const { server } of app.socketModule?.socketsContainer?.getAll().values() ?? []) {
    const engine = server?.engine ?? server?.server?.engine;
    if (engine) drain.signal.addEventListener('abort', () => engine.close(), { once: true });
    else if (server?.clients instanceof Set) drain.trackWebSockets(server, options);
  }
}
