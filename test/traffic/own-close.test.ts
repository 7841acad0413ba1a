/** What others have put on a server is called, and is there afterwards. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type { Server } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { BareClient, cleanUp, get, served, settled, until } from './wire.js';

afterEach(cleanUp);

/** As proxies do it that have WebSockets: these end first, then the server is closed as before. */
function closesWebSockets(server: Server) {
  const sockets = new WebSocketServer({ server: server as http.Server });
  const before = server.close;
  let calls = 0;
  const errors: unknown[] = [];
  const theirs = function (this: Server, done?: (error?: Error) => void): Server {
    calls++;
    sockets.close(() => {
      before.call(this, (error) => {
        errors.push(error);
        done?.(error);
      });
    });
    for (const client of sockets.clients) client.close(1012);
    return this;
  };
  server.close = theirs;
  return { theirs, calls: () => calls, errors };
}

async function webSocket(port: number): Promise<{ socket: WebSocket; code: Promise<number> }> {
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, 'open');
  return { socket, code: once(socket, 'close').then(([code]) => code) };
}

describe('a close() of somebody else', () => {
  test('is called when draining begins, once, and is there afterwards', async () => {
    const server = http.createServer((_request, response) => response.end('answer'));
    const { theirs, calls, errors } = closesWebSockets(server);
    const { drain, port } = await served(server);
    const { code } = await webSocket(port);
    const report = await drain.shutdown();
    expect(await code).toBe(1012);
    expect(calls()).toBe(1);
    expect(errors).toEqual([undefined]);
    expect(server.close).toBe(theirs);
    expect(report).toMatchObject({ outcome: 'drained', faults: [] });
  });

  test('is there also after a close without any drain', async () => {
    const server = http.createServer();
    const { theirs, calls } = closesWebSockets(server);
    await served(server);
    await promisify(server.close.bind(server))();
    expect(server.close).toBe(theirs);
    expect(calls()).toBe(1);
  });

  test('that takes its time keeps nobody waiting: new connections are refused at once', async () => {
    const answers: http.ServerResponse[] = [];
    const server = http.createServer((_request, response) => answers.push(response));
    let closeNow = () => {};
    const before = server.close;
    server.close = function (done) {
      closeNow = () => before.call(this, done);
      return this;
    };
    const { drain, port } = await served(server);
    const client = await BareClient.connect(port);
    client.write(get('/'));
    await until(() => answers.length === 1);
    const done = drain.shutdown();
    await until(() => drain.phase === 'draining');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(BareClient.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(drain.snapshot().servers).toMatchObject([{ address: `127.0.0.1:${port}` }]);
    answers[0]?.end('answer');
    await client.closed();
    expect(client.text).toMatch(/answer$/);
    expect(drain.phase).toBe('draining');
    closeNow();
    expect((await done).outcome).toBe('drained');
  });

  test('that never closes anything is not waited for longer than a second after the last connection', async () => {
    const server = http.createServer();
    server.close = () => server;
    const { drain } = await served(server);
    const { outcome, durationMs } = await drain.shutdown();
    expect(outcome).toBe('drained');
    expect(durationMs).toBeLessThan(3_000);
    expect(server.listening).toBe(false);
  });

  test('that throws, or rejects, is a fault, and the server is closed all the same', async () => {
    const broken = () => {
      throw new Error('broken');
    };
    for (const close of [broken, async () => broken()]) {
      const server = http.createServer();
      server.close = close as never;
      const { drain } = await served(server);
      const report = await drain.shutdown();
      expect(report).toMatchObject({
        outcome: 'drained',
        faults: [{ what: 'close() of a server', error: 'Error: broken' }],
      });
      expect(server.listening).toBe(false);
      expect(server.close).toBe(close);
    }
  });

  test('of a class is called, too', async () => {
    let calls = 0;
    class Counted extends http.Server {
      override close(callback?: (error?: Error) => void): this {
        calls++;
        return super.close(callback);
      }
    }
    const server = new Counted();
    const { drain } = await served(server);
    expect((await drain.shutdown()).outcome).toBe('drained');
    expect(calls).toBe(1);
  });

  test("cuts no answer, although it calls Node's, which would", async () => {
    const body = 'x'.repeat(24_000_000);
    const server = http.createServer((_request, response) => response.end(body));
    const before = server.close;
    server.close = (done) => before.call(server, done);
    const { drain, port } = await served(server);
    const client = await BareClient.connect(port);
    client.socket.pause();
    client.write(get('/'));
    await once(server, 'request');
    const done = drain.shutdown();
    await settled(server);
    client.socket.resume();
    await client.closed();
    expect(client.bytes).toBeGreaterThan(body.length);
    expect((await done).outcome).toBe('drained');
    expect(Object.hasOwn(server, 'closeIdleConnections')).toBe(false);
  });

  test('of an HTTP/2 server serves what lies unread, although it calls Node’s', async () => {
    const server = http2.createServer((_request, response) => response.end('answer'));
    const before = server.close;
    server.close = (done) => before.call(server, done);
    const { drain, port } = await served(server);
    const client = http2.connect(`http://127.0.0.1:${port}`);
    await once(client, 'remoteSettings');
    const stream = client.request({ ':path': '/' });
    stream.setEncoding('utf8');
    let text = '';
    stream.on('data', (data) => {
      text += data;
    });
    await once(stream, 'end');
    expect((await drain.shutdown()).outcome).toBe('drained');
    expect(text).toBe('answer');
  });
});

describe('close() of a server that we close', () => {
  const drained = async () => {
    const server = http.createServer((_request, response) => response.end());
    const { drain } = await served(server);
    return { server, drain };
  };

  test('calls back without an error, during the drain', async () => {
    const { server, drain } = await drained();
    const done = drain.shutdown();
    await until(() => !server.listening);
    await promisify(server.close.bind(server))();
    await done;
  });

  test('calls back without an error the first time that it is called afterwards, and then it is what it was', async () => {
    const { server, drain } = await drained();
    await drain.shutdown();
    await promisify(server.close.bind(server))();
    expect(Object.hasOwn(server, 'close')).toBe(false);
    await expect(promisify(server.close.bind(server))()).rejects.toMatchObject({
      code: 'ERR_SERVER_NOT_RUNNING',
    });
  });

  test('closes it, where it listens again', async () => {
    const { server, drain } = await drained();
    await drain.shutdown();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    await promisify(server.close.bind(server))();
    expect(server.listening).toBe(false);
    expect(Object.hasOwn(server, 'close')).toBe(false);
  });

  test('that was put over ours meanwhile stays, and closes', async () => {
    const { server, drain } = await drained();
    const done = drain.shutdown();
    await until(() => !server.listening);
    const below = server.close;
    const theirs: typeof server.close = (callback) => below.call(server, callback);
    server.close = theirs;
    await done;
    expect(server.close).toBe(theirs);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    await promisify(server.close.bind(server))();
    expect(server.listening).toBe(false);
  });
});
