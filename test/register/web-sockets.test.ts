import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Child, killLeftovers } from '../process/child.js';
import { Client } from '../support/client/client.js';
import { get } from '../support/client/requests.js';
import { fixture, startRegistered } from './registered.js';

afterEach(killLeftovers);

const start = (how: string, deadlineMs = 10_000) =>
  startRegistered(fixture('sockets.cjs'), {
    args: [how],
    env: { HTTP_DRAIN_DEADLINE_MS: String(deadlineMs) },
  });

async function socketTo(child: Child) {
  const socket = new WebSocket(`ws://127.0.0.1:${await child.number('listening')}`);
  const closed = once(socket, 'close').then(([code, reason]) => `${code} ${reason}`);
  socket.on('error', () => {});
  await once(socket, 'open');
  return { socket, closed };
}

describe('WebSockets that nobody has told register of', () => {
  test('are told by the listener, once all requests are answered', async () => {
    const child = start('close the clients');
    const { closed } = await socketTo(child);
    const client = await Client.connect({ port: await child.number('listening'), tls: false });
    await client.write(get('/slow'));
    await child.saw(/^request \/slow$/m);
    const sentAt = performance.now();
    child.signal('SIGTERM');
    expect((await client.answer()).body.toString()).toBe('slow');
    expect(await closed).toBe('1001 bye');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - sentAt).toBeLessThan(4_000);
    expect(child.stdout).toMatch(/^closed$/m);
    expect(child.stderr).toBe('');
  });

  test('opened by a request that is half received when the signal comes are told, too', async () => {
    const child = start('close the clients');
    const port = await child.number('listening');
    const client = await Client.connect({ port, tls: false });
    const head = [
      'GET / HTTP/1.1',
      'Host: test',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ].join('\r\n');
    await client.write(head);
    // An answer on another connection shows that what was sent before has been read.
    const other = await Client.connect({ port, tls: false });
    await other.write(get('/slow'));
    await child.saw(/^request \/slow$/m);
    child.signal('SIGTERM');
    await other.answer();
    await client.write('\r\n\r\n');
    await child.saw(/^told$/m);
    await client.until(() => client.reader.raw.length > 0 || client.ending !== undefined);
    expect(client.reader.raw.subarray(0, 4)).toEqual(Buffer.from([0x88, 5, 3, 0xe9])); // close, 1001
  });

  test('are cut at the deadline, and not before, where the listener leaves them open', async () => {
    const child = start('go on', 1_000);
    const { closed } = await socketTo(child);
    const sentAt = performance.now();
    child.signal('SIGTERM');
    await child.saw(/^told$/m);
    expect(performance.now() - sentAt).toBeLessThan(700);
    expect(await closed).toBe('1006 ');
    expect(performance.now() - sentAt).toBeGreaterThan(700);
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  test('are not waited for where the listener exits', async () => {
    const child = start('exit');
    await socketTo(child);
    child.signal('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stderr).toBe('');
  });

  test('have until the deadline where there is no listener', async () => {
    const child = start('nothing', 1_000);
    const { closed } = await socketTo(child);
    const sentAt = performance.now();
    child.signal('SIGTERM');
    expect(await closed).toBe('1006 ');
    expect(performance.now() - sentAt).toBeGreaterThan(700);
    expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });
});

test('an upgrade that is still being decided on is a request in flight', async () => {
  const child = startRegistered(fixture('late-refusal.cjs'));
  const client = await Client.connect({ port: await child.number('listening'), tls: false });
  await client.write(get('/held', { Connection: 'Upgrade', Upgrade: 'websocket' }));
  await child.saw(/^request \/held$/m);
  child.signal('SIGTERM');
  expect((await client.answer()).status).toBe(401);
  expect(await child.exited).toEqual({ code: 3, signal: null });
  expect(child.stderr).toBe('');
});
