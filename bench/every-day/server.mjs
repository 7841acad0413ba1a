/**
 * A server that drains, in a process of its own. Forked by `startServer()`, which tells it as JSON of what kind it is, with
 * what options it drains, and what it does with a request.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { createDrain } from '@http-drain/core';

const { kind, work, options, port = 0, readiness } = JSON.parse(process.argv[2]);
const pem = readFileSync(new URL('../../test/chaos/localhost.pem', import.meta.url));
const tls = { key: pem, cert: pem };

const WORK = {
  /** Never answers, nor reads a body on. */
  hang: (request) => request.pause(),
  /** Answers as soon as it has the request. */
  echo: (request, response) => request.resume().on('end', () => response.end('answer')),
  /** As most handlers do, it waits for something first. */
  wait: (request, response) =>
    request.resume().on('end', () => setTimeout(() => response.end('answer'), 2 + 6 * Math.random())),
};

const drain = createDrain(options);
const handler = (request, response) => {
  if (request.url !== readiness) return WORK[work](request, response);
  response.statusCode = drain.ready ? 200 : 503;
  response.end();
};
const MAKE = {
  http: () => http.createServer(handler),
  https: () => https.createServer(tls, handler),
  h2c: () => http2.createServer(handler),
  h2: () => http2.createSecureServer({ ...tls, allowHTTP1: true }, handler),
};
const server = MAKE[kind]();
// Longer than any measurement: what closes a connection is the drain.
server.keepAliveTimeout = 600_000;
let connections = 0;
server.on('connection', () => connections++);
drain.track(server);

const sessions = new Set();
server.on('session', (session) => {
  sessions.add(session);
  session.on('close', () => sessions.delete(session));
});

process.on('message', async (message) => {
  if (message === 'in flight') return process.send({ inFlight: drain.inFlight });
  if (message === 'connections') return process.send({ connections });
  const since = performance.now();
  let cutSessions = 0;
  drain.signal.addEventListener('abort', () => {
    cutSessions = [...sessions].filter(({ closed }) => !closed).length;
  });
  const report = await drain.shutdown();
  const ms = performance.now() - since;
  process.send({ report, ms, connections, cutSessions }, () => process.exit());
});

await once(server.listen({ port, host: '127.0.0.1', backlog: 4096 }), 'listening');
process.send({ port: server.address().port });
