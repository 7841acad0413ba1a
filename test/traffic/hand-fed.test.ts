/** Servers that are given their connections by hand: by a sticky primary, or by what reads the PROXY protocol first. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { Session } from 'node:inspector';
import net, { type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { createDrain, type Drain } from '@http-drain/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { atTheEnd, BareClient, cleanUp, get, listen, turns, until } from './wire.js';

afterEach(cleanUp);

/** A stream around a socket that has none of its other properties. */
function disguised(socket: Socket): Duplex {
  const duplex = new Duplex({
    read: () => socket.resume(),
    write: (chunk, encoding, callback) => socket.write(chunk, encoding, callback),
    final: (callback) => socket.end(callback),
    destroy: (error, callback) => {
      socket.destroy();
      callback(error);
    },
  });
  socket.on('data', (data) => duplex.push(data) || socket.pause());
  socket.on('end', () => duplex.push(null));
  socket.on('close', () => duplex.destroy());
  return duplex;
}

const FORMS = { sockets: (socket: Socket): Duplex => socket, 'streams that are none': disguised };

/** A drain with a server that never listens, and a port of which it gets the connections. */
async function fed(form: (socket: Socket) => Duplex) {
  const drain = createDrain({ deadlineMs: 8_000 });
  const requests: string[] = [];
  const server = http.createServer(({ url }, response) => {
    requests.push(url ?? '');
    response.end('answer');
  });
  drain.track(server);
  let connections = 0;
  const port = await listen(
    net.createServer((socket) => {
      connections++;
      server.emit('connection', form(socket));
    }),
  );
  const connect = async () => {
    const before = connections;
    const client = await BareClient.connect(port);
    await until(() => connections > before);
    return client;
  };
  return { drain, server, requests, connect };
}

describeEach('an idle connection is closed', async ({ drain, connect }) => {
  const client = await connect();
  client.write(get('/'));
  await client.saw(/answer$/);
  const { outcome, durationMs, connections } = await drain.shutdown();
  expect(outcome).toBe('drained');
  expect(durationMs).toBeLessThan(3_000);
  expect(connections).toEqual({ openAtStart: 1, closed: 1, forced: 0 });
  await client.closed();
  expect(client.ending).toBe('fin');
});

describeEach('a fresh connection that stays silent is closed', async ({ drain, connect }) => {
  const client = await connect();
  const { outcome } = await drain.shutdown();
  expect(outcome).toBe('drained');
  await client.closed();
  expect(client.ending).toBe('fin');
});

describeEach('half a request is received and served', async ({ drain, connect }) => {
  const kept = await connect();
  kept.write(get('/'));
  await kept.saw(/answer$/);
  const fresh = await connect();
  for (const client of [kept, fresh]) client.write('GET /half HTTP/1.1\r\nHo');
  await turns(20);
  const done = drain.shutdown();
  await until(() => drain.phase === 'draining');
  await turns(20);
  for (const client of [kept, fresh]) client.write('st: test\r\n\r\n');
  await Promise.all([kept.closed(), fresh.closed()]);
  expect(fresh.text).toMatch(/^HTTP\/1\.1 200 .*Connection: close.*answer$/s);
  expect(kept.text.match(/answer/g)).toHaveLength(2);
  expect(await done).toMatchObject({ outcome: 'drained', requests: { completed: 2 } });
});

test.each([0, 200])(
  'half a request is served although late ones are refused (closeSpreadMs: %i)',
  async (closeSpreadMs) => {
    const { drain, connect } = await fed((socket) => socket);
    // They are closed one after the other: the first at once.
    const [first, client] = [await connect(), await connect()];
    for (const one of [first, client]) {
      one.write(get('/'));
      await one.saw(/answer$/);
    }
    client.write('GET /half HTTP/1.1\r\nHo');
    await turns(20);
    const done = drain.shutdown({ closeSpreadMs, lateRequests: 'reject' });
    await until(() => drain.phase === 'draining');
    await turns(20);
    client.write('st: test\r\n\r\n');
    await client.closed();
    expect(client.text.match(/answer/g)).toHaveLength(2);
    expect((await done).outcome).toBe('drained');
  },
);

describeEach(
  'one that is fed in while draining is told, and closed',
  async ({ drain, connect, requests }) => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    drain.waitUntil(gate);
    const done = drain.shutdown();
    await until(() => drain.phase === 'draining');
    await turns(20);
    const asks = await connect();
    asks.write(get('/late'));
    await asks.closed();
    expect(asks.text).toMatch(/^HTTP\/1\.1 200 .*Connection: close.*answer$/s);
    const silent = await connect();
    await silent.closed();
    expect(requests).toEqual(['/late']);
    open();
    expect((await done).outcome).toBe('drained');
  },
);

describeEach('one that is fed in during the lame duck is told', async ({ drain, connect }) => {
  const done = drain.shutdown({ lameDuckMs: 1_000, quietMs: 300 });
  const client = await connect();
  client.write(get('/'));
  await client.closed();
  expect(client.text).toMatch(/^HTTP\/1\.1 200 .*Connection: close.*answer$/s);
  expect((await done).outcome).toBe('drained');
});

function describeEach(name: string, run: (server: Awaited<ReturnType<typeof fed>>) => Promise<void>): void {
  test.each(Object.entries(FORMS))(`of a server fed with %s: ${name}`, async (_what, form) =>
    run(await fed(form)),
  );
}

test('an HTTP/2 server that is fed with streams finishes what is under way, and closes', async () => {
  const drain = createDrain({ deadlineMs: 8_000 });
  const answers: http2.Http2ServerResponse[] = [];
  const server = http2.createServer((_request, response) => answers.push(response));
  drain.track(server);
  const port = await listen(net.createServer((socket) => server.emit('connection', disguised(socket))));
  const client = http2.connect(`http://127.0.0.1:${port}`);
  atTheEnd(() => client.destroy());
  const stream = client.request({ ':path': '/' });
  let text = '';
  stream.setEncoding('utf8').on('data', (data) => {
    text += data;
  });
  await until(() => answers.length === 1);
  expect(drain.snapshot().connections).toMatchObject({ open: 1, active: 1 });
  const done = drain.shutdown();
  await until(() => drain.phase === 'draining');
  await turns(20);
  answers[0]?.end('answer');
  await new Promise((resolve) => client.on('close', resolve));
  expect(text).toBe('answer');
  expect(await done).toMatchObject({ outcome: 'drained', connections: { openAtStart: 1, closed: 1 } });
});

test('an HTTPS server that is fed with streams does so, too', async () => {
  const drain = createDrain({ deadlineMs: 8_000 });
  const answers: http.ServerResponse[] = [];
  const pem = (name: string) => readFileSync(new URL(`../support/certificate/${name}.pem`, import.meta.url));
  const server = https.createServer({ key: pem('key'), cert: pem('cert') }, (_request, response) => {
    answers.push(response);
  });
  drain.track(server);
  const port = await listen(net.createServer((socket) => server.emit('connection', disguised(socket))));
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  atTheEnd(() => client.destroy());
  let text = '';
  client.setEncoding('utf8').on('data', (data) => {
    text += data;
  });
  client.write(get('/'));
  await until(() => answers.length === 1);
  expect(drain.snapshot().connections).toMatchObject({ open: 1, active: 1 });
  const done = drain.shutdown();
  await until(() => drain.phase === 'draining');
  await turns(20);
  answers[0]?.end('answer');
  await new Promise((resolve) => client.on('close', resolve));
  expect(text).toMatch(/^HTTP\/1\.1 200 .*Connection: close.*answer$/s);
  expect(await done).toMatchObject({ outcome: 'drained', connections: { openAtStart: 1, closed: 1 } });
});

test('answers of a pipeline that end all at once are followed by one look for more, not by one each', async () => {
  const drain = createDrain({ deadlineMs: 8_000 });
  const answers: http.ServerResponse[] = [];
  const pem = (name: string) => readFileSync(new URL(`../support/certificate/${name}.pem`, import.meta.url));
  const server = https.createServer({ key: pem('key'), cert: pem('cert') }, (_request, response) => {
    response.writeHead(200).write('answer');
    answers.push(response);
  });
  drain.track(server);
  const port = await listen(net.createServer((socket) => server.emit('connection', socket)));
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  atTheEnd(() => client.destroy());
  client.resume().write(get('/').repeat(12));
  await until(() => answers.length === 12);
  const socket = answers[0]?.socket as Socket;
  const listeners = socket.listenerCount('close');
  const done = drain.shutdown();
  await until(() => drain.phase === 'draining');
  await turns(20);
  for (const answer of answers.reverse()) answer.end();
  await until(() => drain.inFlight === 0);
  await turns(20);
  expect(socket.listenerCount('close')).toBeLessThan(listeners + 3);
  expect((await done).outcome).toBe('drained');
});

describe('the heap is walked, which takes long, for no server', () => {
  const pem = (name: string) => readFileSync(new URL(`../support/certificate/${name}.pem`, import.meta.url));
  const options = { key: pem('key'), cert: pem('cert') };

  /** A server that is fed by hand with one connection, which stays open. */
  async function feed(drain?: Drain): Promise<https.Server> {
    const server = https.createServer(options, (_request, response) => response.end('answer'));
    drain?.track(server);
    const port = await listen(net.createServer((socket) => server.emit('connection', socket)));
    const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    atTheEnd(() => client.destroy());
    client.write(get('/'));
    await once(client, 'data');
    return server;
  }

  const walksFor = (track: () => void): number => {
    const post = vi.spyOn(Session.prototype, 'post');
    try {
      track();
      return post.mock.calls.filter(([method]) => String(method) === 'Runtime.queryObjects').length;
    } finally {
      post.mockRestore();
    }
  };

  test('that is tracked beside one that is fed by hand', async () => {
    const drain = createDrain();
    await feed(drain);
    expect(walksFor(() => drain.track(https.createServer(options)))).toBe(0);
    const late = https.createServer(options);
    await listen(late);
    expect(walksFor(() => drain.track(late))).toBe(0);
  });

  test('that begins to listen', async () => {
    await feed();
    const drain = createDrain();
    drain.discover();
    const server = https.createServer(options);
    const walks = walksFor(() => server.listen(0, '127.0.0.1'));
    atTheEnd(() => server.close());
    await once(server, 'listening');
    expect(walks).toBe(0);
    expect(drain.snapshot().servers).toHaveLength(1);
  });

  test('twice for the same sockets', async () => {
    const drain = createDrain();
    const fed = await feed();
    expect(walksFor(() => drain.track(fed))).toBe(1);
    expect(drain.snapshot().connections.open).toBe(1);
    expect(walksFor(() => drain.track(https.createServer(options)))).toBe(0);
  });
});
