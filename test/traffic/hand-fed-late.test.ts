/** Servers that are tracked when they have been given connections by hand already. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net, { type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { createDrain } from '@http-drain/core';
import { afterEach, expect, test } from 'vitest';
import { atTheEnd, cleanUp, get, listen, turns, until } from './wire.js';

afterEach(cleanUp);

const pem = (name: string) => readFileSync(new URL(`../support/certificate/${name}.pem`, import.meta.url));
const credentials = { key: pem('key'), cert: pem('cert') };

const SERVERS: Record<string, () => Server> = {
  http: () => http.createServer(),
  https: () => https.createServer(credentials),
  h2c: () => http2.createServer(),
  h2: () => http2.createSecureServer(credentials),
};

/** Asks for a path, and tells what came, once its connection has closed. */
function ask(kind: string, port: number, path: string): { text: () => string; closed: Promise<unknown> } {
  let text = '';
  const read = (from: net.Socket | http2.ClientHttp2Stream) =>
    from.setEncoding('latin1').on('data', (data: string) => {
      text += data;
    });
  if (kind === 'h2' || kind === 'h2c') {
    const session = http2.connect(`${kind === 'h2' ? 'https' : 'http'}://127.0.0.1:${port}`, {
      rejectUnauthorized: false,
    });
    atTheEnd(() => session.destroy());
    read(session.request({ ':path': path }));
    return { text: () => text, closed: once(session, 'close') };
  }
  const options = { port, host: '127.0.0.1' };
  const socket =
    kind === 'https' ? tls.connect({ ...options, rejectUnauthorized: false }) : net.connect(options);
  atTheEnd(() => socket.destroy());
  read(socket);
  socket.write(get(path));
  return { text: () => text, closed: once(socket, 'close') };
}

test.each(Object.keys(SERVERS))('its connections of before are drained (%s)', async (kind) => {
  const server = SERVERS[kind]!();
  const answers: { end(text: string): unknown }[] = [];
  server.on('request', ({ url }: { url: string }, response: http.ServerResponse) => {
    if (url === '/idle') response.end('answer');
    else answers.push(response);
  });
  const port = await listen(net.createServer((socket) => server.emit('connection', socket)));
  const idle = ask(kind, port, '/idle');
  await until(() => idle.text().endsWith('answer'));
  const active = ask(kind, port, '/active');
  await until(() => answers.length === 1);

  const drain = createDrain({ deadlineMs: 8_000 });
  drain.track(server);
  expect(drain.snapshot().connections.open).toBe(2);
  const done = drain.shutdown();
  await until(() => drain.phase === 'draining');
  await idle.closed;
  answers[0]?.end('answer');
  await active.closed;
  expect(active.text()).toMatch(/answer$/);
  expect(await done).toMatchObject({
    outcome: 'drained',
    requests: { completed: 1 },
    connections: { openAtStart: 2, closed: 2 },
  });
});

test('a TLS handshake that is not done is known, too', async () => {
  const server = SERVERS.https!();
  const accepted: Socket[] = [];
  const feeder = net.createServer((socket) => {
    accepted.push(socket);
    server.emit('connection', socket);
  });
  const client = net.connect(await listen(feeder), '127.0.0.1');
  atTheEnd(() => client.destroy());
  client.resume();
  await until(() => accepted.length === 1);
  const drain = createDrain({ deadlineMs: 8_000 });
  drain.track(server);
  expect(drain.snapshot().connections.open).toBe(1);
  expect((await drain.shutdown()).outcome).toBe('drained');
  expect(accepted[0]?.destroyed).toBe(true);
});

test("connections of the feeder's that it has not handed on are its own", async () => {
  const server = SERVERS.http!();
  const accepted: Socket[] = [];
  const port = await listen(net.createServer((socket) => accepted.push(socket)));
  const client = net.connect(port, '127.0.0.1');
  atTheEnd(() => client.destroy());
  await until(() => accepted.length === 1);
  const drain = createDrain({ deadlineMs: 1_000 });
  drain.track(server);
  await drain.shutdown();
  await turns(5);
  expect(accepted[0]?.destroyed).toBe(false);
});

test("a client's TLS around a socket of its own is no reason to search the heap", async () => {
  const port = await listen(https.createServer(credentials));
  const raw = net.connect(port, '127.0.0.1');
  const client = tls.connect({ socket: raw, rejectUnauthorized: false });
  atTheEnd(() => client.destroy());
  await once(client, 'secureConnect');
  const asked: string[] = [];
  const { getBuiltinModule } = process;
  atTheEnd(() => Object.assign(process, { getBuiltinModule }));
  Object.assign(process, {
    getBuiltinModule: (name: string) => {
      asked.push(name);
      return getBuiltinModule.call(process, name);
    },
  });
  const drain = createDrain();
  drain.track(https.createServer(credentials));
  expect(asked).not.toContain('node:inspector');
  await drain.shutdown();
});
