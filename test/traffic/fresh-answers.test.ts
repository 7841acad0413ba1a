import { once } from 'node:events';
import http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { BareClient, cleanUp, get, pause, served, settled, turns, until } from './wire.js';

afterEach(cleanUp);

const BODY = 'x'.repeat(2_000_000);

/** A client that reads nothing yet sends its next request when draining has begun; then it reads. */
async function readsLate(answerAfterMs: number, beginAfterMs: number) {
  const server = http.createServer((_request, response) => {
    setTimeout(() => response.end(BODY), answerAfterMs);
  });
  const { drain, port } = await served(server);
  const client = await BareClient.connect(port);
  client.socket.pause();
  client.write(get('/'));
  await once(server, 'request');
  await until(() => drain.inFlight === 0);
  await pause(beginAfterMs);
  const done = drain.shutdown();
  await settled(server);
  client.write(get('/too-late'));
  await turns(5);
  client.socket.resume();
  await client.closed();
  return { bytes: client.bytes, outcome: (await done).outcome };
}

test('an answer survives what its client sends next, also where its handler took its time', async () => {
  const { bytes, outcome } = await readsLate(300, 0);
  expect(bytes).toBeGreaterThan(BODY.length);
  expect(outcome).toBe('drained');
});

test('it does so a while after it was handed to the kernel, too, where it lies as long as its client likes', async () => {
  const { bytes, outcome } = await readsLate(0, 300);
  expect(bytes).toBeGreaterThan(BODY.length);
  expect(outcome).toBe('drained');
});

test("lingering does not set off the application's own setTimeout() listeners", async () => {
  const answers: http.ServerResponse[] = [];
  const server = http.createServer((_request, response) => answers.push(response));
  const { drain, port } = await served(server);
  let timeouts = 0;
  server.setTimeout(60_000, () => timeouts++);
  const client = await BareClient.connect(port, { stubborn: true });
  client.write(get('/'));
  await until(() => answers.length === 1);
  const done = drain.shutdown();
  await settled(server);
  answers[0]?.end('answer');
  const { outcome, durationMs } = await done;
  expect(outcome).toBe('drained');
  expect(durationMs).toBeGreaterThan(900); // it has lingered
  expect(client.text).toMatch(/answer$/);
  expect(timeouts).toBe(0);
});
