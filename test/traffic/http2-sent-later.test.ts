/** An HTTP/2 stream may have ended for its handler long before the last of it has gone out: a file, or trailers. */
import { once } from 'node:events';
import { openSync, rmSync, writeFileSync } from 'node:fs';
import http2, { type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { atTheEnd, cleanUp, pause, served } from './wire.js';

const FILE = join(tmpdir(), `http-drain-${process.pid}.bin`);
const BYTES = 3_000_000;
/** A client lets so much come unread; the rest waits for it. */
const WINDOW = 20_000;

beforeAll(() => writeFileSync(FILE, Buffer.alloc(BYTES)));
afterAll(() => rmSync(FILE));
afterEach(cleanUp);

async function asked(handle: (stream: ServerHttp2Stream) => void, deadlineMs = 15_000) {
  const server = http2.createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    handle(stream);
  });
  const { drain, port } = await served(server, { deadlineMs });
  const client = http2.connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: WINDOW } });
  client.on('error', () => {});
  atTheEnd(() => client.destroy());
  const stream = client.request({ ':path': '/' });
  stream.on('error', () => {});
  await once(stream, 'response');
  return { drain, client, stream };
}

const FILES: [string, (stream: ServerHttp2Stream) => void][] = [
  ['respondWithFile()', (stream) => stream.respondWithFile(FILE)],
  ['respondWithFD()', (stream) => stream.respondWithFD(openSync(FILE, 'r'), {})],
];

test.each(FILES)('every byte of %s arrives, however late its client reads on', async (_what, handle) => {
  const { drain, stream } = await asked(handle);
  const done = drain.shutdown();
  await pause(3_500);
  let bytes = 0;
  stream.on('data', (data: Buffer) => {
    bytes += data.length;
  });
  await once(stream, 'close');
  expect(bytes).toBe(BYTES);
  expect(await done).toMatchObject({ outcome: 'drained', requests: { completed: 1, forced: 0 } });
});

test.each(FILES)('%s that is cut at the deadline is told as that', async (_what, handle) => {
  const { drain } = await asked(handle, 1_500);
  expect(await drain.shutdown()).toMatchObject({
    ...{ outcome: 'forced', clean: false, stuck: [{ url: '/' }] },
    requests: { completed: 0, forced: 1 },
  });
});

test('trailers are waited for that their handler sends in its own time', async () => {
  const { drain, stream } = await asked((answer) => {
    answer.respond({ ':status': 200 }, { waitForTrailers: true });
    answer.on('wantTrailers', () => setTimeout(() => answer.sendTrailers({ 'grpc-status': '0' }), 2_500));
    answer.end('answer');
  });
  const trailers = once(stream, 'trailers').then(([headers]) => headers);
  stream.resume();
  const done = drain.shutdown();
  expect(await trailers).toMatchObject({ 'grpc-status': '0' });
  expect(await done).toMatchObject({ outcome: 'drained', requests: { completed: 1 } });
});

test('a stream that was promised before the drain may be answered during it', async () => {
  const server = http2.createServer();
  server.on('stream', (stream, { ':path': path }) => {
    if (path !== '/') return;
    stream.pushStream({ ':path': '/pushed' }, (error, pushed) => {
      if (error) throw error;
      setTimeout(() => {
        pushed.respond({ ':status': 200 });
        pushed.end('pushed');
      }, 600);
    });
    stream.respond({ ':status': 200 });
    stream.write('begun');
    setTimeout(() => stream.end(), 900);
  });
  const { drain, port } = await served(server);
  const client = http2.connect(`http://127.0.0.1:${port}`);
  client.on('error', () => {});
  atTheEnd(() => client.destroy());
  const texts: Promise<unknown[]>[] = [];
  client.on('stream', (pushed) => texts.push(pushed.setEncoding('utf8').toArray()));
  const stream = client.request({ ':path': '/' });
  await once(stream, 'response');
  texts.push(stream.setEncoding('utf8').toArray());
  expect(await drain.shutdown()).toMatchObject({ outcome: 'drained', requests: { completed: 1 } });
  expect(await Promise.all(texts)).toEqual(expect.arrayContaining([['begun'], ['pushed']]));
  expect(client.closed).toBe(true);
});
