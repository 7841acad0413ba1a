/** Over HTTP/2 a stream stays open until its handler has read all of the request, also when it has answered in full. */
import http2, { type ServerHttp2Stream } from 'node:http2';
import { afterEach, expect, test } from 'vitest';
import { atTheEnd, cleanUp, served, until } from './wire.js';

afterEach(cleanUp);

const UPLOAD = 60_000;

const HANDLERS: Record<string, (stream: ServerHttp2Stream, answer: () => void) => void> = {
  'never reads': (_stream, answer) => answer(),
  'reads a piece and stops': (stream, answer) => {
    stream.once('data', () => {
      stream.pause();
      answer();
    });
  },
  'leaves its loop': async (stream, answer) => {
    for await (const _piece of stream.iterator({ destroyOnReturn: false })) break;
    answer();
  },
};

test.each(Object.entries(HANDLERS))(
  'a handler that %s, and answers, does not hold the drain to its deadline',
  async (_what, handle) => {
    const answered: ServerHttp2Stream[] = [];
    const server = http2.createServer();
    server.on('stream', (stream) => {
      handle(stream, () => {
        stream.respond({ ':status': 413 });
        stream.end('too much');
        answered.push(stream);
      });
    });
    const { drain, port } = await served(server, { deadlineMs: 12_000 });
    const client = http2.connect(`http://127.0.0.1:${port}`);
    client.on('error', () => {});
    atTheEnd(() => client.destroy());
    const stream = client.request({ ':method': 'POST' });
    stream.on('error', () => {});
    let text = '';
    stream.setEncoding('utf8').on('data', (data) => {
      text += data;
    });
    stream.end(Buffer.alloc(UPLOAD));
    await until(() => text === 'too much' && answered[0]!.writableFinished);
    const { outcome, requests, durationMs } = await drain.shutdown();
    expect(outcome).toBe('drained');
    expect(requests).toMatchObject({ forced: 0, aborted: 0 });
    expect(durationMs).toBeLessThan(8_000);
  },
);
