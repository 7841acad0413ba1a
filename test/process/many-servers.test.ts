import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Child, killLeftovers, startFixture } from './child.js';
import { accepts, get, hold } from './client.js';

afterEach(killLeftovers);

async function start(): Promise<{ child: Child; port: (name: string) => Promise<number> }> {
  const child = startFixture('many-servers.mjs');
  await child.saw(/^ready$/m);
  return { child, port: (name) => child.number(name) };
}

function overTls(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', rejectUnauthorized: false, agent: false };
    https.get(options, (response) => resolve(response.resume().statusCode)).once('error', reject);
  });
}

async function echo(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.end(text);
  const [data] = await once(socket.setEncoding('utf8'), 'data');
  return data;
}

async function openStream(url: string) {
  const session = http2.connect(url, { rejectUnauthorized: false });
  const stream = session.request({ ':method': 'POST', ':path': '/stream' });
  stream.write('first half, ');
  let body = '';
  stream.setEncoding('utf8').on('data', (text) => {
    body += text;
  });
  const finished = once(stream, 'close').then(() => body);
  return { finished, finish: () => stream.end('second half'), closed: once(session, 'close') };
}

describe('many servers in one process', () => {
  test('drain together, the probe server last; what never was HTTP is left alone', async () => {
    const { child, port } = await start();
    expect(await overTls(await port('https'))).toBe(200);
    const held = hold(await port('http'));
    const streams = [
      await openStream(`https://127.0.0.1:${await port('h2')}`),
      await openStream(`http://127.0.0.1:${await port('h2c')}`),
    ];
    await child.saw(/^request \/held$/m);
    await child.saw(/^request \/stream\nrequest \/stream$/m);

    child.signal('SIGTERM');
    await child.saw(/^closed https$/m);
    expect((await get(await port('admin'))).body).toBe('draining');
    for (const name of ['http', 'https', 'h2', 'h2c']) expect(await accepts(await port(name))).toBe(false);

    held.finish();
    for (const stream of streams) stream.finish();
    expect((await held.answer).body).toBe('answered');
    expect(await Promise.all(streams.map(({ finished }) => finished))).toEqual(['answered', 'answered']);
    await Promise.all(streams.map(({ closed }) => closed));

    const report = await child.json<{ outcome: string }>('report');
    expect(report.outcome).toBe('drained');
    const closed = [...child.stdout.matchAll(/^closed (\w+)$/gm)].map(([, name]) => name);
    expect(closed.toSorted()).toEqual(['admin', 'h2', 'h2c', 'http', 'https']);
    expect(closed.at(-1)).toBe('admin');
    expect(await accepts(await port('admin'))).toBe(false);
    expect(await echo(await port('database'), 'still here')).toBe('still here');
  });

  test('close Fastify’s second listener for localhost too', async () => {
    const { child } = await start();
    const addresses = await child.json<net.AddressInfo[]>('fastify');
    const reachable = (address: net.AddressInfo) =>
      new Promise<boolean>((resolve) => {
        const socket = net.connect(address.port, address.address);
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
    expect(await Promise.all(addresses.map(reachable))).toEqual(addresses.map(() => true));
    child.signal('SIGTERM');
    await child.saw(/^after /m);
    expect(await Promise.all(addresses.map(reachable))).toEqual(addresses.map(() => false));
  });

  test('one that begins to listen during the drain is closed at once and reported', async () => {
    const { child, port } = await start();
    const held = hold(await port('http'));
    await child.saw(/^request \/held$/m);
    child.signal('SIGTERM');
    await child.saw(/^closed https$/m);

    await get(await port('admin'), '/late');
    await child.saw(/^closed late$/m);
    held.finish();
    expect((await held.answer).body).toBe('answered');
    await child.json('report');
    const told = child.stdout.split('\n').filter((line) => /^(warning|log|report) /.test(line));
    expect(told.filter((line) => /listen/i.test(line) && /while|during|late/i.test(line))).not.toEqual([]);
  });

  test('one that begins to listen after the drain is left alone', async () => {
    const { child, port } = await start();
    child.signal('SIGTERM');
    expect((await get(await port('after'))).body).toBe('answered');
    child.signal('SIGUSR2');
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });
});
