import {
  checkDrain,
  type Drain,
  type DrainLogger,
  type DrainOptions,
  type ProbePaths,
  probeAnswer,
  probesByPath,
  processDrain,
  type WebSocketServerLike,
} from '@http-drain/core';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { closeThroughDrain } from './close.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** The drain that the plugin uses. */
    drain: Drain;
  }
}

/**
 * Options of the plugin: those of the drain, and where its probes answer. Default logger: the one that the drain has
 * been given, else `fastify.log`.
 */
export interface GracefulPluginOptions extends DrainOptions, ProbePaths {
  /** The drain to use. Default the process drain, which tracks every HTTP server that begins to listen from now on. */
  drain?: Drain | undefined;
}

const register: FastifyPluginAsync<GracefulPluginOptions> = async (fastify, options) => {
  const { drain = processDrain, readiness, liveness, ...drainOptions } = options;
  checkDrain(drain);
  const probes = probesByPath({ readiness, liveness });
  drain.configure({ logger: drain.logger ?? audible(fastify.log), ...drainOptions });
  fastify.decorate('drain', drain);
  drain.track(fastify.server);
  if (drain === processDrain) drain.discover();
  else drain.discover((server) => isSecondBinding(fastify, server));
  for (const [url, kind] of probes) {
    fastify.get(url, { logLevel: 'silent' }, async (_request, reply) => {
      drain.discount(reply.raw);
      const { statusCode, headers, body } = probeAnswer(drain, kind);
      return reply.code(statusCode).headers(headers).send(body);
    });
  }
  closeThroughDrain(fastify, drain);
  fastify.addHook('onReady', async () => trackWebSockets(fastify, drain));
};

/**
 * Fastify plugin that makes `shutdown()` drain this instance, and `fastify.close()` come to the same: both drain
 * first, then Fastify closes and runs its onClose hooks. Its preClose hooks run when draining begins. Register it on the root instance.
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
function isSecondBinding({ server }: FastifyInstance, other: NodeJS.EventEmitter): boolean {
  const handlers = server.listeners('request');
  return other.listeners('request').some((handler) => handlers.includes(handler));
}

/** The WebSocket server of @fastify/websocket. */
function trackWebSockets(
  fastify: FastifyInstance & { websocketServer?: WebSocketServerLike },
  drain: Drain,
): void {
  if (fastify.websocketServer) drain.trackWebSockets(fastify.websocketServer);
}
