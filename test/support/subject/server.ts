import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import express, { type Express } from 'express';
import { type FastifyInstance, fastify } from 'fastify';
import type { Server } from './library.js';
import type { Setup, Transport } from './protocol.js';
import {
  type Call,
  type Handler,
  handlers,
  type Reply,
  type Request,
  type Response,
  streamers,
} from './routes.js';

const pem = (name: string) => readFileSync(new URL(`../certificate/${name}.pem`, import.meta.url));
const secure = { key: pem('key'), cert: pem('cert'), allowHTTP1: true };

/** A server that does not listen yet, and the framework on it. */
export interface Built {
  server: Server;
  app?: Express;
  fastify?: FastifyInstance;
}

const create: Record<Transport, () => Server> = {
  http: () => http.createServer(),
  https: () => https.createServer(secure),
  h2c: () => http2.createServer(),
  h2: () => http2.createSecureServer(secure),
};

const fastifyOptions: Record<Transport, object> = {
  http: {},
  https: { https: secure },
  h2c: { http2: true },
  h2: { http2: true, https: secure },
};

/** Longer than any test, as it has to be behind a load balancer; Fastify's own is 72 s. */
const KEEP_ALIVE_MS = 65_000;

export function build(setup: Setup, extra: object): Built {
  if (setup.framework === 'fastify') {
    const instance = fastify({ ...fastifyOptions[setup.transport], bodyLimit: 1e9, ...extra });
    return { fastify: instance as unknown as FastifyInstance, server: instance.server as Server };
  }
  const server = Object.assign(create[setup.transport](), { keepAliveTimeout: KEEP_ALIVE_MS });
  if (setup.framework === 'node') return { server };
  const app = express();
  server.on('request', app);
  return { server, app };
}

/** Makes the call that a handler sees, and says that the handler was entered. */
export type CallFactory = (request: Request) => Call;

export function addRoutes(built: Built, callFor: CallFactory): void {
  if (built.fastify !== undefined) addToFastify(built.fastify, callFor);
  else if (built.app !== undefined) addToExpress(built.app, callFor);
  else
    built.server.on('request', (request: Request, response: Response) =>
      dispatch(request, response, callFor),
    );
}

function addToFastify(instance: FastifyInstance, callFor: CallFactory): void {
  // The body is the handler's to read, as in the other frameworks.
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  for (const [path, handler] of Object.entries(handlers)) {
    instance.all(path, async (request, reply) => {
      const { status = 200, headers = {}, body } = await handler(callFor(request.raw));
      return reply.code(status).headers(headers).send(body);
    });
  }
  for (const [path, streamer] of Object.entries(streamers)) {
    instance.all(path, (request, reply) => {
      reply.hijack();
      void streamer(callFor(request.raw), reply.raw);
    });
  }
}

function addToExpress(app: Express, callFor: CallFactory): void {
  app.set('etag', false);
  for (const [path, handler] of Object.entries(handlers)) {
    app.all(path, (request, response, next) => {
      const answer = async () => {
        const { status = 200, headers = {}, body } = await handler(callFor(request));
        response.status(status).set(headers).send(body);
      };
      answer().catch(next); // Express 4 does not see what becomes of a handler's promise
    });
  }
  for (const [path, streamer] of Object.entries(streamers)) {
    app.all(path, (request, response) => void streamer(callFor(request), response));
  }
}

function dispatch(request: Request, response: Response, callFor: CallFactory): void {
  const path = request.url?.split('?')[0] ?? '/';
  const handler = handlers[path];
  const streamer = streamers[path];
  const call = callFor(request);
  if (handler !== undefined) void answer(handler, call, response);
  else if (streamer !== undefined) void streamer(call, response);
  else if (path === '/readyz') sendReadiness(call, response);
  else if (!response.headersSent) send(response, { status: 404, body: 'not found' });
}

async function answer(handler: Handler, call: Call, response: Response): Promise<void> {
  try {
    send(response, await handler(call));
  } catch {
    // The client went away in the middle of its request.
    response.destroy();
  }
}

function sendReadiness(call: Call, response: Response): void {
  const ready = call.attachment.ready?.() ?? true;
  send(response, ready ? { body: 'ready' } : { status: 503, body: 'draining' });
}

function send(response: Response, { status = 200, headers = {}, body }: Reply): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers });
  response.end(body);
}
