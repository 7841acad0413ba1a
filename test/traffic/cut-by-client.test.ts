/** An answer of which most never left is not told to have been completed: Node 20 and 22 say that it has finished. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { afterEach, expect, test } from 'vitest';
import { BareClient, cleanUp, get, pause, served } from './wire.js';

afterEach(cleanUp);

const BODY = Buffer.alloc(24_000_000, 'x');

test.each<[string, (client: BareClient, request: http.IncomingMessage) => unknown]>([
  ['its client goes', (client) => client.socket.destroy()],
  ['its client resets the connection', (client) => client.socket.resetAndDestroy()],
  ['its handler destroys the socket', (_client, { socket }) => socket.destroy()],
])('a request is aborted where most of its answer never left: %s', async (_how, cut) => {
  const requests: http.IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    requests.push(request);
    response.end(BODY);
  });
  const { drain, port } = await served(server);
  const client = await BareClient.connect(port);
  client.socket.pause();
  client.write(get('/'));
  await once(server, 'request');
  await pause(50);
  const done = drain.shutdown();
  await pause(50);
  cut(client, requests[0]!);
  expect((await done).requests).toMatchObject({ inFlightAtStart: 1, completed: 0, aborted: 1, forced: 0 });
});

test('one that its handler has closed behind an answer that left whole is completed', async () => {
  const server = http.createServer((request, response) => {
    setTimeout(() => {
      response.end('answer');
      request.socket.destroySoon();
    }, 100);
  });
  const { drain, port } = await served(server);
  const client = await BareClient.connect(port);
  client.write(get('/'));
  await once(server, 'request');
  const done = drain.shutdown();
  await client.closed();
  expect(client.text).toMatch(/answer$/);
  expect((await done).requests).toMatchObject({ completed: 1, aborted: 0 });
});

test('of a pipeline each answer that did not leave is aborted', async () => {
  const server = http.createServer((_request, response) => response.end(BODY));
  const { drain, port } = await served(server);
  const client = await BareClient.connect(port);
  client.socket.pause();
  client.write([1, 2, 3].map((number) => get(`/${number}`)).join(''));
  await once(server, 'request');
  await pause(50);
  const done = drain.shutdown();
  client.socket.on('data', () => {
    if (client.bytes > 1.25 * BODY.length) client.socket.destroy();
  });
  client.socket.resume();
  expect((await done).requests).toMatchObject({ inFlightAtStart: 3, completed: 1, aborted: 2 });
});

/** A stream in flight on a server of HTTP/2, of which its handler has written so much. */
async function stream(answer: (stream: http2.ServerHttp2Stream) => unknown) {
  const server = http2.createServer();
  server.on('sessionError', () => {});
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond();
    answer(stream);
  });
  const { drain, port } = await served(server);
  const { socket } = await BareClient.connect(port);
  const session = http2.connect('http://test', { createConnection: () => socket });
  session.on('error', () => {});
  const asked = session.request({ ':path': '/' });
  asked.on('error', () => {});
  await once(asked, 'response');
  return { drain, socket, session, asked };
}

test('a stream that its handler had not ended is aborted where its client resets the connection', async () => {
  const { drain, socket } = await stream((stream) => stream.write('some'));
  const done = drain.shutdown();
  await pause(50);
  socket.resetAndDestroy();
  expect((await done).requests).toMatchObject({ inFlightAtStart: 1, completed: 0, aborted: 1 });
});

test('or where its own session is destroyed', async () => {
  const { drain } = await stream((stream) => {
    stream.write('some');
    setTimeout(() => stream.session?.destroy(), 150);
  });
  expect((await drain.shutdown()).requests).toMatchObject({ inFlightAtStart: 1, completed: 0, aborted: 1 });
});

test.each(['before', 'after'])(
  'a stream that its client has given up without an error does not hold the drain: %s it begins',
  async (when) => {
    const { drain, asked, session } = await stream((stream) => stream.end(BODY));
    const giveUp = async () => {
      asked.close(http2.constants.NGHTTP2_NO_ERROR);
      await pause(50);
      session.destroy();
      await pause(50);
    };
    if (when === 'before') await giveUp();
    const done = drain.shutdown();
    if (when === 'after') await giveUp();
    const report = await done;
    // Node 26 ends such a stream by itself, and it looks like one that went out whole.
    expect(report).toMatchObject({ outcome: 'drained', clean: true, requests: { forced: 0 } });
    expect(report.durationMs).toBeLessThan(3_000);
  },
);
