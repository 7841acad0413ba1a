import http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { BareClient, cleanUp, get, served, settled, until } from './wire.js';

afterEach(cleanUp);

const burst = (...paths: string[]): string => paths.map((path) => get(path)).join('');
const PATHS = ['/1', '/2', '/3', '/4', '/5'];

/** A server with a synchronous handler, which notes what it was asked for; and what a client gets of a burst. */
async function ask(paths: readonly string[], phase: 'lame-duck' | 'draining') {
  const handled: string[] = [];
  const server = http.createServer(({ url }, response) => {
    handled.push(url ?? '');
    response.end(`answer to ${url}`);
  });
  const { drain, port } = await served(server, { lameDuckMs: phase === 'draining' ? 0 : 10_000 });
  const client = await BareClient.connect(port);
  const done = drain.shutdown();
  if (phase === 'draining') await settled(server);
  else await until(() => drain.phase === 'lame-duck');
  client.write(burst(...paths));
  await client.closed();
  const answered = [...client.text.matchAll(/answer to (\/\d)/g)].map(([, path]) => path);
  drain.force();
  await done;
  return { handled, answered, client };
}

test.each(['lame-duck', 'draining'] as const)(
  'of five requests sent at once, the handler runs for those that are answered (%s)',
  async (phase) => {
    const { handled, answered, client } = await ask(PATHS, phase);
    expect(handled.length).toBeGreaterThan(0);
    expect(answered).toEqual(handled);
    expect(client.ending).toBe('fin');
    expect(client.text.match(/^connection: close/gim)).toHaveLength(1);
  },
);

test('those that no handler saw are counted as nothing, and hold nothing up', async () => {
  const server = http.createServer((_request, response) => response.end('answer'));
  const { drain, port } = await served(server);
  const client = await BareClient.connect(port);
  const done = drain.shutdown();
  await settled(server);
  client.write(burst(...PATHS));
  await client.closed();
  const { requests, outcome } = await done;
  expect(outcome).toBe('drained');
  expect(requests).toMatchObject({ completed: 1, aborted: 0, forced: 0, late: 1 });
});

test('an upgrade behind an answer that has said close reaches nobody', async () => {
  const server = http.createServer((_request, response) => response.end('answer'));
  let upgrades = 0;
  server.on('upgrade', (_request, socket) => {
    upgrades++;
    socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });
  const { drain, port } = await served(server);
  const client = await BareClient.connect(port);
  const done = drain.shutdown();
  await settled(server);
  client.write(get('/1') + get('/2', 'Connection: upgrade', 'Upgrade: raw'));
  await client.closed();
  expect(client.text).toMatch(/200 OK.*answer$/s);
  expect(upgrades).toBe(0);
  expect((await done).outcome).toBe('drained');
});

test('those that wait for a slow one are all answered, and the last one says close', async () => {
  const answers: (() => void)[] = [];
  const server = http.createServer(({ url }, response) => {
    answers.push(() => response.end(`answer to ${url}`));
  });
  const { drain, port } = await served(server);
  const client = await BareClient.connect(port);
  const done = drain.shutdown();
  await settled(server);
  client.write(burst(...PATHS));
  await until(() => answers.length === PATHS.length);
  for (const answer of answers.toReversed()) answer();
  await client.closed();
  expect(client.text.match(/answer to \/\d/g)).toEqual(PATHS.map((path) => `answer to ${path}`));
  expect(client.text.match(/^connection: close/gim)).toHaveLength(1);
  expect((await done).requests).toMatchObject({ completed: 5 });
});

test('what follows an answer that has said close reaches nobody, also once its server has closed', async () => {
  const handled: string[] = [];
  const server = http.createServer((request, response) => {
    handled.push(request.url ?? '');
    if (request.url === '/destroys') request.socket.destroy();
    else response.write('says close');
  });
  const { drain, port } = await served(server);
  const client = await BareClient.connect(port);
  const done = drain.shutdown();
  await settled(server);
  // Node counts a destroyed connection out, and tells that the server has closed, before it is through with what it read.
  client.write(`${burst('/destroys', '/told') + get('/body', 'Content-Length: 4')}body${burst(...PATHS)}`);
  await client.closed();
  expect(handled).toEqual(['/destroys', '/told']);
  expect((await done).requests).toMatchObject({ aborted: 2, completed: 0 });
});
