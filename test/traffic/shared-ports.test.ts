/** What waits in a queue of our own is served, and nothing is changed of a port or a socket that others have, too. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { Child, killLeftovers } from '../process/child.js';
import { atTheEnd, cleanUp } from './wire.js';

afterEach(killLeftovers);
afterEach(cleanUp);

const CLIENTS = 100;
/** A client whose SYN is dropped asks again after so long. */
const RETRY_MS = 1_000;

const hasReusePort = await new Promise<boolean>((resolve) => {
  const server = net.createServer();
  server.once('error', () => resolve(false));
  server.listen({ port: 0, host: '127.0.0.1', reusePort: true } as net.ListenOptions, () => {
    const { port } = server.address() as AddressInfo;
    const second = net.createServer().once('error', () => resolve(false));
    second.listen({ port, host: '127.0.0.1', reusePort: true } as net.ListenOptions, () => resolve(true));
    second.once('listening', () => second.close());
    server.once('close', () => second.close());
    second.once('close', () => server.close());
    second.once('error', () => server.close());
  });
});

interface Held {
  readonly child: Child;
  /** The loop of the server stands still; resolves once it does. */
  hold(): Promise<void>;
  /** It goes on, and shuts down; resolves with the report. */
  goOn(): Promise<{ outcome: string; requests: { completed: number } }>;
}

function start(how: string, options: object = {}): Held {
  const folder = mkdtempSync(join(tmpdir(), 'http-drain-'));
  atTheEnd(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'go-on');
  const fixture = fileURLToPath(new URL('./fixtures/held-loop.mjs', import.meta.url));
  const child = new Child(process.execPath, [fixture, JSON.stringify({ file, how, options })], {
    env: { ...process.env, NODE_OPTIONS: '' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  return {
    child,
    hold: async () => {
      child.signal('SIGUSR2');
      await child.saw(/^held$/m);
    },
    goOn: () => {
      writeFileSync(file, '');
      return child.json('report');
    },
  };
}

/** Clients that connect, and send, in one go; what became of each, and after how long. */
function ask(port: number, count: number) {
  const since = performance.now();
  const connected: Promise<unknown>[] = [];
  const outcomes = Array.from({ length: count }, async () => {
    const client = net.connect(port, '127.0.0.1');
    atTheEnd(() => client.destroy());
    let seen = '';
    connected.push(once(client, 'connect').catch(() => {}));
    client.on('data', (data: Buffer) => {
      seen = String(data).split('\r\n\r\n')[1] ?? '';
    });
    client.on('error', (error: NodeJS.ErrnoException) => {
      seen = error.code ?? error.message;
    });
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await new Promise((resolve) => client.on('close', resolve));
    return { seen, ms: performance.now() - since };
  });
  return { connected: Promise.all(connected), outcomes: Promise.all(outcomes) };
}

async function allAnswered(outcomes: Promise<{ seen: string }[]>): Promise<void> {
  const counts: Record<string, number> = {};
  for (const { seen } of await outcomes) counts[seen] = (counts[seen] ?? 0) + 1;
  expect(counts).toEqual({ answer: CLIENTS });
}

/** What waits in the queue of the server is answered. */
async function servesItsQueue(held: Held, port: number): Promise<void> {
  await held.hold();
  const { connected, outcomes } = ask(port, CLIENTS);
  await connected;
  const report = await held.goOn();
  await allAnswered(outcomes);
  expect(report.outcome).toBe('drained');
}

async function ownServer(options: object): Promise<{ server: http.Server; port: number }> {
  const server = http.createServer((_request, response) => response.end('answer'));
  atTheEnd(() => void server.close().closeAllConnections());
  await once(server.listen(options), 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

describe('what waits in its own queue is served', () => {
  test('of a port that it has alone', async () => {
    const held = start('alone', { port: 0, host: '127.0.0.1' });
    await servesItsQueue(held, await held.child.number('listening'));
  });

  test('of a worker that has its socket for itself', async () => {
    const held = start('in a worker', { port: 0, host: '127.0.0.1', exclusive: true });
    await servesItsQueue(held, await held.child.number('listening'));
  });

  test.runIf(hasReusePort)('of a port on which another process listens, too', async () => {
    const { port } = await ownServer({ port: 0, host: '127.0.0.1', reusePort: true });
    const held = start('alone', { port, host: '127.0.0.1', reusePort: true });
    await held.child.number('listening');
    await servesItsQueue(held, port);
  });

  test.runIf(hasReusePort)('of a worker on such a port', async () => {
    const { port } = await ownServer({ port: 0, host: '127.0.0.1', reusePort: true });
    const held = start('in a worker', { port, host: '127.0.0.1', reusePort: true });
    await held.child.number('listening');
    await servesItsQueue(held, port);
  });
});

describe('whoever goes on with a listening socket finds its queue as it was', () => {
  test('the parent that has sent it', async () => {
    const { server, port } = await ownServer({ port: 0, host: '127.0.0.1' });
    const held = start('on a handle that it was sent');
    held.child.sendHandle('server', server);
    await held.child.number('listening');
    await held.hold();
    await held.goOn();
    await servedAtOnce(port);
  });

  test('the child to which it was sent', async () => {
    const held = start('on a socket that it has sent on', { port: 0, host: '127.0.0.1' });
    const port = await held.child.number('listening');
    const survivor = await held.child.number('survivor');
    atTheEnd(() => process.kill(survivor));
    await held.hold();
    await held.goOn();
    await servedAtOnce(port);
  });

  async function servedAtOnce(port: number): Promise<void> {
    const { outcomes } = ask(port, CLIENTS);
    await allAnswered(outcomes);
    // Those who found it full would come a second after the others.
    const times = (await outcomes).map(({ ms }) => ms).sort((a, b) => a - b);
    const gaps = times.map((ms, index) => ms - (times[index - 1] ?? ms));
    expect(Math.max(...gaps)).toBeLessThan(RETRY_MS / 2);
  }
});
