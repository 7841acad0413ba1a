import {
  checkAdapterOptions,
  checkDrain,
  createProbes,
  type Drain,
  type DrainLogger,
  type DrainOptions,
  type ProbePaths,
  processDrain,
  type WebSocketServerLike,
} from '@http-drain/core';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { bySymbol } from './by-symbol.js';
import { CLOSE_HOOK, Closing } from './close.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** The drain of this instance. Unless one was given it is a part of the process drain. */
    drain: Drain;
  }
}

/**
 * Options of the plugin: those of the drain, and where its probes answer. They are the process drain's, too, so that
 * `shutdown()` needs none. Default logger: `fastify.log`.
 */
export interface GracefulPluginOptions extends DrainOptions, ProbePaths {
  /**
   * The drain to use. Default one of its own, a part of the process drain, which tracks every HTTP server that begins
   * to listen from now on.
   */
  drain?: Drain | undefined;
}

const register: FastifyPluginAsync<GracefulPluginOptions> = async (fastify, options) => {
  checkAdapterOptions(options, ['drain', 'readiness', 'liveness'], 'write register(gracefulPlugin)');
  const { drain: given, readiness, liveness, ...drainOptions } = options;
  if (fastify.hasDecorator('drain'))
    throw new TypeError(
      'Expected `gracefulPlugin` to be registered once, but there is a `fastify.drain` already',
    );
  const closing = new Closing(fastify);
  const drain =
    given === undefined || given === processDrain
      ? partOfProcess(fastify, closing, drainOptions)
      : ownDrain(given, fastify, closing, drainOptions);
  fastify.decorate('drain', drain);
  closing.beginsWith(drain);
  if (drain === given || closing.closesServer) drain.track(fastify.server);
  else if (fastify.server.listening) processDrain.discover()(fastify.server);
  const probes = createProbes({ drain, readiness, liveness });
  for (const [url, kind] of probes.paths) {
    fastify.get(url, { logLevel: 'silent' }, async (_request, reply) => {
      const { statusCode, headers, body } = await probes.answer(kind, reply.raw);
      return reply.code(statusCode).headers(headers).send(body);
    });
  }
  addFirstReadyHook(fastify, async () => trackWebSockets(fastify, drain));
};

/** When one of these hooks hangs, Fastify gives its error the name of the last: that is not to be ours. */
function addFirstReadyHook(fastify: FastifyInstance, hook: () => Promise<void>): void {
  fastify.addHook('onReady', hook);
  const hooks = bySymbol<{ onReady?: unknown[] }>(fastify, 'fastify.hooks')?.onReady;
  if (hooks?.at(-1) === hook) hooks.unshift(hooks.pop());
}

/** The application has a drain of its own, which `shutdown()` drains with the process, and `fastify.close()` alone. */
function partOfProcess(fastify: FastifyInstance, closing: Closing, options: DrainOptions): Drain {
  const log = audible(fastify.log);
  processDrain.configure({ logger: processDrain.logger ?? log, ...options });
  processDrain.discover();
  return processDrain.part({
    options: { logger: log, ...options },
    close: { name: CLOSE_HOOK, fn: closing.now },
    accept: (server) => closing.closesServer && isBindingOf(fastify, server),
  });
}

function ownDrain(drain: Drain, fastify: FastifyInstance, closing: Closing, options: DrainOptions): Drain {
  checkDrain(drain);
  drain.configure({ logger: drain.logger ?? audible(fastify.log), ...options });
  drain.discover((server) => isBindingOf(fastify, server));
  drain.afterDrain(CLOSE_HOOK, closing.now);
  return drain;
}

/**
 * Fastify plugin that makes `shutdown()` drain this instance with the process, and `fastify.close()` drain it alone:
 * both drain first, then Fastify closes and runs its onClose hooks. Its preClose hooks run when draining begins. Once a
 * signal has come, or `shutdown()` was called, `fastify.close()` joins that: it begins the drain of the process, and
 * resolves with it. Register it on the root instance.
 *
 * @example
 * ```ts
 * await fastify.register(gracefulPlugin, { readiness: '/readyz' });
 * ```
 */
export const gracefulPlugin = fastifyPlugin(register, { fastify: '4.x || 5.x', name: '@http-drain/fastify' });

/** Fastify without a logger has one whose methods are all the same function, which does nothing. */
const audible = (log: DrainLogger): DrainLogger | undefined => (log.info === log.warn ? undefined : log);

/** For `localhost` Fastify listens on ::1 beside 127.0.0.1, with a second server that has the same handler. */
function isBindingOf({ server }: FastifyInstance, other: NodeJS.EventEmitter): boolean {
  const handlers = server.listeners('request');
  return other === server || other.listeners('request').some((handler) => handlers.includes(handler));
}

/** The WebSocket server of @fastify/websocket. */
function trackWebSockets(
  fastify: FastifyInstance & { websocketServer?: WebSocketServerLike },
  drain: Drain,
): void {
  if (fastify.websocketServer) drain.trackWebSockets(fastify.websocketServer);
}
