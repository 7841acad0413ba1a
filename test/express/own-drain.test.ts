import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterDrain, createDrain, drain, processDrain, shutdown } from '@http-drain/express';
import express from 'express';
import { afterEach, describe, expect, test } from 'vitest';
import { accepts, get, hold } from '../process/client.js';

const opened: http.Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) server.close();
});

async function listen(server: http.Server): Promise<number> {
  opened.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Tells of each request, and answers it once its body has come. */
function answering() {
  const requests: string[] = [];
  const waiting = new Set<() => void>();
  const handler = (request: http.IncomingMessage, response: http.ServerResponse) => {
    requests.push(request.url as string);
    for (const wake of waiting) wake();
    request.resume().once('end', () => response.end('answered'));
  };
  const saw = async (url: string) => {
    while (!requests.includes(url)) await new Promise<void>((resolve) => waiting.add(resolve));
  };
  return { handler, saw };
}

describe('a server that another drain looks for, too', () => {
  test('is that of the drain that it is given to, with what is in flight on it', async () => {
    const everything = createDrain();
    everything.discover();
    const { handler, saw } = answering();
    const server = http.createServer(handler);
    const held = hold(await listen(server), '/held');
    await saw('/held');
    expect(everything.inFlight).toBe(1);

    const own = createDrain();
    own.track(server, { name: 'own' });
    expect(everything.snapshot()).toMatchObject({ inFlight: 0, servers: [], connections: { open: 0 } });
    expect(own.snapshot()).toMatchObject({ inFlight: 1, servers: [{ name: 'own', connections: 1 }] });

    expect(await everything.shutdown()).toMatchObject({
      outcome: 'drained',
      requests: { inFlightAtStart: 0 },
    });
    expect(server.listening).toBe(true);
    const drained = own.shutdown();
    held.finish();
    expect(await held.answer).toMatchObject({ body: 'answered', headers: { connection: 'close' } });
    expect((await drained).requests).toMatchObject({ inFlightAtStart: 1, completed: 1 });
  });

  test('is that of the one that was told of it, however often it is found', async () => {
    const own = createDrain();
    const everything = createDrain();
    const found = everything.discover();
    const server = http.createServer();
    own.track(server);
    await listen(server);
    found(server);
    expect(everything.snapshot().servers).toEqual([]);
    await own.shutdown();
    expect(server.listening).toBe(false);

    // Its drain has closed: it is free again.
    await listen(server);
    expect(everything.snapshot().servers).toHaveLength(1);
    await everything.shutdown();
  });

  test('is that of both, where both were told of it', async () => {
    const drains = [createDrain(), createDrain()] as const;
    const server = http.createServer();
    for (const own of drains) own.track(server);
    await listen(server);
    for (const own of drains) expect(own.snapshot().servers).toHaveLength(1);
    await Promise.all(drains.map((own) => own.shutdown()));
  });
});

test('an app with a drain of its own is left alone by the drain of the process', async () => {
  const own = createDrain();
  const steps: string[] = [];
  own.signal.addEventListener('abort', () => steps.push('signal'));
  own.afterDrain('own', () => void steps.push('own hook'));
  afterDrain('process', () => void steps.push('hook of the process'));

  const { handler, saw } = answering();
  const ofTheProcess = express().use(drain(), handler);
  const withItsOwn = express().use(drain({ drain: own, readiness: '/readyz' }), handler);
  const port = await listen(http.createServer(ofTheProcess));
  const ownPort = await listen(http.createServer(withItsOwn));
  // One that is found only at its first request, which comes after it was found by the process drain.
  const late = http.createServer();
  const latePort = await listen(late);
  late.on('request', withItsOwn);
  expect((await get(latePort)).body).toBe('answered');
  const held = hold(ownPort, '/held');
  await saw('/held');
  expect([processDrain.inFlight, own.inFlight]).toEqual([0, 1]);

  const report = await shutdown();
  expect(report.requests.inFlightAtStart).toBe(0);
  expect(await accepts(port)).toBe(false);
  expect(await accepts(latePort)).toBe(true);
  expect(await get(ownPort, '/readyz')).toMatchObject({ status: 200, body: 'ready' });
  expect(steps).toEqual(['hook of the process']);

  const drained = own.shutdown();
  held.finish();
  expect((await held.answer).body).toBe('answered');
  await drained;
  expect(steps).toEqual(['hook of the process', 'signal', 'own hook']);
  expect(await accepts(latePort)).toBe(false);
});
