/** What clients see whose request hangs when the deadline comes. */
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { markdownTable } from '../statistics.mjs';
import { rowsOf, startFront } from './fronts.mjs';
import { startServer } from './start-server.mjs';
import { Tally } from './tally.mjs';

export const title = 'The answer at the deadline';

const CLIENTS = 100;
const DEADLINE_MS = 2_000;
const UPLOAD = Buffer.alloc(8_000_000);

const WAYS = [
  ['HTTP/1', 'http', 'direct', (port) => askHttp1(http, port)],
  ['HTTP/1, an upload of 8 MB half read', 'http', 'direct', (port) => askHttp1(http, port, UPLOAD)],
  ['TLS', 'https', 'direct', (port) => askHttp1(https, port)],
  ['TLS, an upload of 8 MB half read', 'https', 'direct', (port) => askHttp1(https, port, UPLOAD)],
  ['HTTP/2', 'h2c', 'direct', (port) => askHttp2('http', port)],
  ['HTTP/2 over TLS', 'h2', 'direct', (port) => askHttp2('https', port)],
  ['HTTP/2 over TLS, an upload of 8 MB half read', 'h2', 'direct', (port) => askHttp2('https', port, UPLOAD)],
  ['behind nginx', 'http', 'nginx', (port) => askHttp1(http, port)],
  ['behind nginx, an upload of 8 MB half read', 'http', 'nginx', (port) => askHttp1(http, port, UPLOAD)],
  ['behind HAProxy', 'http', 'haproxy', (port) => askHttp1(http, port)],
  ['behind HAProxy, an upload of 8 MB half read', 'http', 'haproxy', (port) => askHttp1(http, port, UPLOAD)],
  ['behind HAProxy, HTTP/2 to the server', 'h2c', 'haproxyH2', (port) => askHttp1(http, port)],
];

export async function measure(isMeasured) {
  const rows = await rowsOf(WAYS, isMeasured, measureWay);
  return [
    `${CLIENTS} clients, each with a connection of its own and one request that is never answered; deadline ${DEADLINE_MS} ms.`,
    '',
    markdownTable(['', '503 seen whole', 'something else', 'shutdown() took'], rows),
  ].join('\n');
}

async function measureWay([name, kind, frontName, ask]) {
  const server = await startServer({ kind, work: 'hang', options: { deadlineMs: DEADLINE_MS } });
  const front = await startFront(frontName, server.port);
  if (!front) return void (await server.stop());
  const tally = new Tally();
  const clients = Promise.all(Array.from({ length: CLIENTS }, async () => tally.add(await ask(front.port))));
  while ((await server.inFlight()) < CLIENTS) await sleep(10);
  const { ms } = await server.stop();
  await clients;
  await front.stop();
  console.error(`${name}: ${tally}`);
  return [name, `${tally.of('503')} of ${CLIENTS}`, tally.without('503'), `${ms.toFixed(0)} ms`];
}

/** What came first: an answer, which is named by its status where it came whole; or an error. */
function askHttp1(module, port, body) {
  return new Promise((resolve) => {
    const options = { port, host: '127.0.0.1', agent: false, rejectUnauthorized: false };
    const request = module.request({ ...options, method: body ? 'POST' : 'GET' }, (response) => {
      response
        .resume()
        .on('end', () => resolve(response.complete ? String(response.statusCode) : 'a part of an answer'))
        .on('error', () => resolve('a part of an answer'));
    });
    request.on('error', ({ code }) => resolve(code)).end(body);
  });
}

function askHttp2(scheme, port, body) {
  return new Promise((resolve) => {
    const session = http2.connect(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
    session.on('error', ({ code }) => resolve(code));
    const stream = session.request({ ':path': '/', ':method': body ? 'POST' : 'GET' });
    let status = 'no answer';
    let left = Number.NaN;
    stream
      .on('response', (headers) => {
        status = String(headers[':status']);
        left = Number(headers['content-length']);
      })
      .on('data', (chunk) => {
        left -= chunk.length;
      })
      .on('error', ({ code }) => resolve(code))
      .on('close', () => {
        resolve(left === 0 && stream.rstCode === 0 ? status : `a part of an answer, ${stream.rstCode}`);
        session.close();
      })
      .end(body);
  });
}
