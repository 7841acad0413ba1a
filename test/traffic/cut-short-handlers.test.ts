/** Handlers that go on after the deadline has answered for them, and clients that are still sending. */
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2, { type ServerHttp2Stream } from 'node:http2';
import { afterEach, describe, expect, test } from 'vitest';
import { atTheEnd, BareClient, cleanUp, get, served, settled, until } from './wire.js';

afterEach(cleanUp);

const DEADLINE_MS = 600;

const faults: unknown[] = [];
const fault = (error: unknown) => faults.push(error);
process.on('uncaughtException', fault).on('unhandledRejection', fault);
afterEach(() => expect(faults.splice(0)).toEqual([]));

/** A stream of HTTP/2: what its client has seen of it. */
async function ask(port: number, headers: http2.OutgoingHttpHeaders) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  atTheEnd(() => session.destroy());
  session.on('error', () => {});
  const stream = session.request({ ':path': '/', ...headers }).on('error', () => {});
  const seen = { status: 0, body: '', session, stream };
  stream.on('response', (head) => {
    seen.status = head[':status'] ?? 0;
  });
  stream.setEncoding('utf8').on('data', (text) => {
    seen.body += text;
  });
  return seen;
}

describe('the answer to HEAD over HTTP/2 is a head alone', () => {
  test('at the deadline', async () => {
    const server = http2.createServer();
    server.on('stream', () => {});
    const { drain, port } = await served(server, { deadlineMs: DEADLINE_MS });
    const seen = await ask(port, { ':method': 'HEAD' });
    await until(() => drain.inFlight === 1);
    const { faults: told, stuck } = await drain.shutdown();
    expect(seen).toMatchObject({ status: 503, body: '' });
    expect(stuck).toMatchObject([{ method: 'HEAD', answered: true }]);
    expect(told).toEqual([]);
  });

  test('of a late request that is rejected', async () => {
    const server = http2.createServer();
    server.on('stream', () => {});
    const { drain, port } = await served(server, { lateRequests: 'reject' });
    // A session that has asked for nothing when draining begins is left time for its first request.
    const session = http2.connect(`http://127.0.0.1:${port}`);
    atTheEnd(() => session.destroy());
    await once(session, 'remoteSettings');
    const done = drain.shutdown();
    await settled(server);
    const head = session.request({ ':path': '/late', ':method': 'HEAD' });
    head.resume();
    const [{ ':status': status }] = await once(head, 'response');
    expect(status).toBe(503);
    expect((await done).requests).toMatchObject({ late: 1, rejected: 1 });
  });
});

describe('what is still being sent is read, and its client is not reset', () => {
  const READERS: Record<string, (request: IncomingMessage) => unknown> = {
    'has paused it': (request) => request.pause(),
    'has not looked at it': () => {},
    'reads it slowly': async (request) => {
      for await (const _ of request) await new Promise((resolve) => setTimeout(resolve, 10_000).unref());
    },
  };
  const LENGTH = 2_000_000;

  test.each(Object.entries(READERS))('by a handler that %s', async (_what, read) => {
    const requests: IncomingMessage[] = [];
    const server = http.createServer((request) => {
      requests.push(request);
      void Promise.resolve(read(request)).catch(() => {});
    });
    const { drain, port } = await served(server, { deadlineMs: 2_000 });
    const client = await BareClient.connect(port);
    const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${LENGTH}\r\n\r\n`;
    client.write(head + 'x'.repeat(LENGTH));
    await until(() => requests.length === 1);
    const { socket } = requests[0] as IncomingMessage;
    await drain.shutdown();
    await client.closed();
    expect(client.text).toMatch(/ 503 .*shutting down/s);
    expect(client.ending).toBe('fin');
    expect(socket.bytesRead).toBe(head.length + LENGTH);
  });

  test('but for a bounded time, also where loop turns are long, as they are with much to read', async () => {
    const server = http.createServer(() => {});
    const { drain, port } = await served(server, { deadlineMs: DEADLINE_MS });
    const client = await BareClient.connect(port, { stubborn: true });
    client.write(get('/'));
    await until(() => drain.inFlight === 1);
    let turns: NodeJS.Immediate;
    const longTurn = () => {
      for (const endAt = performance.now() + 100; performance.now() < endAt; );
      turns = setImmediate(longTurn);
    };
    atTheEnd(() => clearImmediate(turns));
    drain.forceSignal.addEventListener('abort', longTurn);
    const since = performance.now();
    await drain.shutdown();
    expect(performance.now() - since).toBeLessThan(DEADLINE_MS + 900);
  });

  test('over HTTP/2 its client is told that the rest is not needed', async () => {
    const server = http2.createServer((request) => request.once('data', () => request.pause()));
    const { drain, port } = await served(server, { deadlineMs: DEADLINE_MS });
    const seen = await ask(port, { ':method': 'POST' });
    seen.stream.write('x'.repeat(1_000_000));
    await until(() => drain.inFlight === 1);
    const closed = once(seen.stream, 'close');
    await drain.shutdown();
    await closed;
    expect(seen.status).toBe(503);
    expect(seen.body).toContain('shutting down');
    expect(seen.stream.rstCode).toBe(http2.constants.NGHTTP2_NO_ERROR);
  });
});

describe('a handler that goes on', () => {
  test('hears from write() that nobody reads it: over HTTP/1', async () => {
    const responses: ServerResponse[] = [];
    const server = http.createServer((_request, response) => responses.push(response));
    const { drain, port } = await served(server, { deadlineMs: DEADLINE_MS });
    const client = await BareClient.connect(port, { stubborn: true });
    client.write(get('/'));
    await until(() => responses.length === 1);
    const done = drain.shutdown();
    await client.saw(/503/);
    const written = new Promise((resolve) => responses[0]?.write('late', resolve));
    expect(await written).toBeInstanceOf(Error);
    await done;
  });

  test('hears from write(), end() and pushes that nobody reads it: over HTTP/2', async () => {
    const streams: ServerHttp2Stream[] = [];
    const server = http2.createServer();
    server.on('stream', (stream) => streams.push(stream));
    const { drain, port } = await served(server, { deadlineMs: DEADLINE_MS });
    const seen = await ask(port, { ':method': 'POST' });
    await until(() => streams.length === 1);
    const [stream] = streams as [ServerHttp2Stream];
    const answered = once(seen.stream, 'response');
    let heard: Promise<unknown[]> | undefined;
    drain.forceSignal.addEventListener('abort', () => {
      // The answer goes out a loop turn later; this is right behind it.
      setImmediate(() =>
        setImmediate(() => {
          if (!stream.writableEnded) throw new Error('not answered yet');
          heard = Promise.all([
            new Promise((resolve) => stream.pushStream({ ':path': '/pushed' }, resolve)),
            new Promise((resolve) => stream.write('late', resolve)),
            new Promise((resolve) => stream.end('late', resolve as () => void)),
          ]);
        }),
      );
    });
    await drain.shutdown();
    await answered;
    for (const told of (await heard) ?? []) expect(told).toBeInstanceOf(Error);
    expect(heard).toBeDefined();
    expect(seen.status).toBe(503);
  });
});
