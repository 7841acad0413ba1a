import { IncomingMessage, type ServerResponse } from 'node:http';
import type { Server } from 'node:net';
import {
  checkAdapterOptions,
  checkDrain,
  createProbes,
  type Drain,
  type DrainOptions,
  type ProbePaths,
  processDrain,
} from '@http-drain/core';
import { servesThrough } from './express-app.js';

declare global {
  namespace Express {
    interface Request {
      /** The drain that the middleware uses. */
      drain: Drain;
    }
  }
}

/** Options of the middleware: those of the drain, and where its probes answer. */
export interface DrainMiddlewareOptions extends DrainOptions, ProbePaths {
  /** The drain to use. Default the process drain, which tracks every HTTP server that begins to listen from now on. */
  drain?: Drain | undefined;
}

/** An Express middleware, in types of Node's own, so that it fits every version of Express. */
export type DrainMiddleware = (
  request: IncomingMessage & { drain?: Drain; path?: string },
  response: ServerResponse,
  next: () => void,
) => void;

/**
 * Middleware that makes `shutdown()` drain the servers of this process. Put it first.
 *
 * With a drain of your own it takes only the servers of the app that it is used in: those of `app.listen()` and
 * `createServer(app)` as they begin to listen, others at the first request that reaches it.
 *
 * @throws TypeError for bad options
 *
 * @example
 * ```ts
 * app.use(drain({ readiness: '/readyz', liveness: '/livez' }));
 * ```
 */
export function drain(options: DrainMiddlewareOptions = {}): DrainMiddleware {
  if (options instanceof IncomingMessage)
    throw new TypeError('Expected `drain` to be called once, not for each request: write app.use(drain())');
  checkAdapterOptions(options, ['drain', 'readiness', 'liveness'], 'write app.use(drain())');
  const { drain = processDrain, readiness, liveness, ...drainOptions } = options;
  checkDrain(drain);
  const answerProbe = createProbes({ drain, readiness, liveness });
  drain.configure(drainOptions);
  const seen = new WeakSet<Server>();
  const isOwn = drain !== processDrain;
  const found = drain.discover(isOwn ? (server) => servesThrough(server, middleware) : undefined);

  const middleware: DrainMiddleware = (request, response, next) => {
    if (request.drain !== drain) hand(drain, request);
    const { server } = request.socket as { server?: Server };
    if (server && !seen.has(server)) {
      seen.add(server);
      found(server);
    }
    if (!answerProbe(request, response)) next();
  };

  return middleware;
}

/**
 * Makes `drain` the `req.drain` of an application: Express gives the requests of each a prototype, and a property
 * there costs a request nothing. A second drain in the same application goes to its requests one by one.
 */
function hand(drain: Drain, request: IncomingMessage & { drain?: Drain }): void {
  const shared = Object.getPrototypeOf(request) as { drain?: Drain };
  const isTheApps = Object.hasOwn(shared, 'app') && !Object.hasOwn(shared, 'drain');
  (isTheApps ? shared : request).drain = drain;
}
