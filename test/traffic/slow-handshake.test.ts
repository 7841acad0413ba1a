/** A handshake in which it is the server that makes its client wait: for a certificate out of a store. */
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import type { Server } from 'node:net';
import tls from 'node:tls';
import { createDrain } from '@http-drain/core';
import { afterEach, expect, test } from 'vitest';
import { atTheEnd, BareClient, cleanUp, get, listen, pause } from './wire.js';

afterEach(cleanUp);

const pem = (name: string) => readFileSync(new URL(`../support/certificate/${name}.pem`, import.meta.url));
const credentials = { key: pem('key'), cert: pem('cert') };

const STORE_MS = 1_200;

type Found = (error: Error | null, context?: tls.SecureContext) => void;
const fromStore = {
  ...credentials,
  SNICallback: (_name: string, found: Found) =>
    setTimeout(() => found(null, tls.createSecureContext(credentials)), STORE_MS),
};

test.each<[string, () => Server]>([
  ['https', () => https.createServer(fromStore, (_request, response) => response.end('answer'))],
  [
    'http2',
    () =>
      http2.createSecureServer({ ...fromStore, allowHTTP1: true }, (_, response) => response.end('answer')),
  ],
  [
    'a session out of a store',
    () =>
      https
        .createServer({ ...credentials, secureOptions: constants.SSL_OP_NO_TICKET }, (_request, response) =>
          response.end('answer'),
        )
        .on('newSession', (_id, _data, done) => done())
        .on('resumeSession', (_id, found) => setTimeout(() => found(null, null), STORE_MS)),
  ],
])('its client is served, however long the server takes: %s', async (how, create) => {
  const server = create();
  const drain = createDrain({ deadlineMs: 10_000 });
  drain.track(server);
  const port = await listen(server);
  const resumes = how.startsWith('a session') ? await sessionOf(port) : {};
  const socket = tls.connect({ port, servername: 'localhost', rejectUnauthorized: false, ...resumes });
  atTheEnd(() => socket.destroy());
  let text = '';
  socket.setEncoding('latin1').on('data', (data) => {
    text += data;
  });
  socket.on('error', (error) => {
    text += error.message;
  });
  socket.write(get('/'));
  await once(server, 'connection');
  await pause(200);
  const report = await drain.shutdown();
  expect(text).toMatch(/answer$|answer\r\n0\r\n\r\n$/);
  expect(report).toMatchObject({ outcome: 'drained', requests: { completed: 1, aborted: 0 } });
});

/** The drain of a server that has got the first bytes of a hello, the rest of which never comes. */
async function drainedBesideHalfAHello(server: Server) {
  const drain = createDrain({ deadlineMs: 15_000 });
  drain.track(server);
  const client = await BareClient.connect(await listen(server));
  client.socket.write(Buffer.from([0x16, 3, 1, 1, 44, 1, 0]));
  await pause(50);
  return drain.shutdown();
}

test('one that sends half of its hello is not waited for as long', async () => {
  const { durationMs } = await drainedBesideHalfAHello(https.createServer(credentials));
  expect(durationMs).toBeLessThan(2_000);
});

test('nor is one who lets a server with a slow store wait for ever', async () => {
  const { durationMs, outcome } = await drainedBesideHalfAHello(https.createServer(fromStore));
  expect(outcome).toBe('drained');
  expect(durationMs).toBeLessThan(8_000);
});

/** TLS 1.2: one of 1.3 comes after the handshake. */
async function sessionOf(port: number): Promise<tls.ConnectionOptions> {
  const options: tls.ConnectionOptions = { maxVersion: 'TLSv1.2' };
  const socket = tls.connect({ port, servername: 'localhost', rejectUnauthorized: false, ...options });
  const [session] = (await once(socket, 'session')) as [Buffer];
  socket.destroy();
  await once(socket, 'close');
  return { ...options, session };
}
