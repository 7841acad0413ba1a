/** What a proxy's client sees of a request that the deadline cut short: the server's 503, not a 502 of the proxy's. */
import http, { type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { cleanUp, served, until } from './wire.js';

afterEach(cleanUp);

interface Fronts {
  isThere(program: string): boolean;
  startFront(name: string, port: number): Promise<{ port: number; stop(): unknown }>;
}
const path = fileURLToPath(new URL('../../bench/every-day/fronts.mjs', import.meta.url));
const { isThere, startFront } = (await import(path)) as Fronts;

const CLIENTS = 20;

/** The status of the answer, where it came whole. */
function ask(port: number, body?: Buffer): Promise<number | string> {
  return new Promise((resolve) => {
    const method = body ? 'POST' : 'GET';
    const request = http.request(
      { port, host: '127.0.0.1', agent: false, method },
      (response: IncomingMessage) => {
        const text: Buffer[] = [];
        response
          .on('data', (chunk) => text.push(chunk))
          .on('error', () => resolve('cut'))
          .on('end', () =>
            resolve(/shutting down/.test(String(Buffer.concat(text))) ? (response.statusCode ?? 0) : 'other'),
          );
      },
    );
    request.on('error', ({ message }) => resolve(message)).end(body);
  });
}

describe.each(['nginx', 'haproxy'])('behind %s', (proxy) => {
  test.skipIf(!isThere(proxy) && process.env.CI !== 'true').each([
    ['a request', undefined],
    ['an upload', Buffer.alloc(2_000_000)],
  ])('%s that hangs at the deadline is answered 503', async (_what, body) => {
    const server = http.createServer((request) => request.pause());
    const { drain, port } = await served(server, { deadlineMs: 2_000 });
    const front = await startFront(proxy, port);
    const statuses = Promise.all(Array.from({ length: CLIENTS }, () => ask(front.port, body)));
    await until(() => drain.inFlight === CLIENTS);
    const { stuck } = await drain.shutdown();
    expect(await statuses).toEqual(Array(CLIENTS).fill(503));
    expect(stuck.filter(({ answered }) => answered)).toHaveLength(CLIENTS);
    await front.stop();
  });
});
