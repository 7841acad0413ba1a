/** A server that listens, with a library attached to it in its documented use. */
import { once } from 'node:events';
import http from 'node:http';
import Fastify from 'fastify';

/**
 * @param {import('./libraries.mjs').Library | undefined} library none: a bare server
 * @param {http.RequestListener} handler
 * @param {number} [keepAliveTimeout] else that of Node (5 s), or of Fastify (72 s)
 */
export async function startSubject(library, handler, keepAliveTimeout) {
  const { server, fastify } = library?.fastify
    ? await fastifyServer(library.fastify, handler)
    : { server: http.createServer(handler) };
  if (keepAliveTimeout) server.keepAliveTimeout = keepAliveTimeout;
  const stop = library?.attach(server, fastify);
  if (fastify) await fastify.listen({ host: '127.0.0.1', port: 0, backlog: 4096 });
  else await once(server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }), 'listening');
  return { server, port: server.address().port, stop };
}

async function fastifyServer(options, handler) {
  const fastify = Fastify(options);
  fastify.all('*', (request, reply) => {
    reply.hijack();
    handler(request.raw, reply.raw);
  });
  return { server: fastify.server, fastify };
}
