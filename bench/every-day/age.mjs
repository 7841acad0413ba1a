/** Requests, one right after the other, on connections that become too old all the time. */
import http from 'node:http';
import https from 'node:https';
import { markdownTable } from '../statistics.mjs';
import { rowsOf, startFront } from './fronts.mjs';
import { Http2Client } from './http2-client.mjs';
import { startServer } from './start-server.mjs';
import { Tally } from './tally.mjs';

export const title = 'A maximum age of connections';

const REQUESTS = 50_000;
const CLIENTS = 32;
const AGE_MS = 200;

const WAYS = [
  ['HTTP/1', 'http', 'direct', http1Clients(http)],
  ['TLS', 'https', 'direct', http1Clients(https)],
  ['behind nginx', 'http', 'nginx', http1Clients(http)],
  ['behind HAProxy', 'http', 'haproxy', http1Clients(http)],
  ['HTTP/2, node:http2', 'h2c', 'direct', http2Clients],
  ['behind HAProxy, HTTP/2 to the server', 'h2c', 'haproxyH2', http1Clients(http)],
];

export async function measure(isMeasured) {
  const rows = await rowsOf(WAYS, isMeasured, measureWay);
  return [
    `maxConnectionAgeMs: ${AGE_MS}; ${REQUESTS} POST requests from ${CLIENTS} keep-alive clients, each sent once. Connections: of the server.`,
    '',
    markdownTable(['', 'answered', 'lost', 'refused, safe to send again', 'connections', 'seconds'], rows),
  ].join('\n');
}

async function measureWay([name, kind, frontName, send]) {
  const server = await startServer({ kind, work: 'echo', options: { maxConnectionAgeMs: AGE_MS } });
  const front = await startFront(frontName, server.port);
  if (!front) return void (await server.stop());
  const tally = new Tally();
  const since = performance.now();
  let left = REQUESTS;
  const clients = send(front.port, CLIENTS);
  await Promise.all(
    clients.map(async (client) => {
      while (left-- > 0) tally.add(await client.ask());
      client.end();
    }),
  );
  const seconds = (performance.now() - since) / 1_000;
  const connections = await server.connections();
  await front.stop();
  await server.stop();
  console.error(`${name}: ${tally}`);
  return [
    name,
    tally.of('200'),
    tally.without('200', 'refused'),
    tally.of('refused'),
    connections,
    seconds.toFixed(0),
  ];
}

function http1Clients(module) {
  return (port, count) => {
    const agent = new module.Agent({ keepAlive: true, maxSockets: count, rejectUnauthorized: false });
    const options = { port, host: '127.0.0.1', agent, method: 'POST' };
    const ask = () =>
      new Promise((resolve) => {
        module
          .request(options, (response) => {
            response
              .resume()
              .on('end', () => resolve(response.complete ? String(response.statusCode) : 'cut'))
              .on('error', () => resolve('cut'));
          })
          .on('error', ({ code }) => resolve(code))
          .end('a request');
      });
    return Array.from({ length: count }, () => ({ ask, end: () => {} }));
  };
}

function http2Clients(port, count) {
  return Array.from({ length: count }, () => new Http2Client(`http://127.0.0.1:${port}`));
}
