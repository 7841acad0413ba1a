import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createDrain } from '@http-drain/core';
import { expect, test } from 'vitest';
import { deferred } from '../../packages/core/src/node/turn.js';

const portOf = (server: net.Server) => (server.address() as AddressInfo).port;

async function ask(port: number): Promise<string> {
  const client = net.connect(port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  let answer = '';
  client.setEncoding('utf8').on('data', (text) => {
    answer += text;
  });
  await once(client, 'close');
  return answer;
}

/** A server that discovery has found, with a request in flight. */
async function found() {
  const drain = createDrain({ deadlineMs: 5_000 });
  drain.discover();
  const gate = deferred();
  const server = http.createServer(async (_request, response) => {
    await gate.promise;
    response.end('answer');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const answer = ask(portOf(server));
  await once(server, 'request');
  return { drain, server, gate, answer };
}

test('a server that discovery found before is a probe server, by a name, once that is said', async () => {
  const { drain, server, gate, answer } = await found();
  const address = `127.0.0.1:${portOf(server)}`;
  expect(drain.snapshot().servers).toEqual([{ name: undefined, address, connections: 1, probe: false }]);
  expect(drain.inFlight).toBe(1);

  drain.track(server, { probe: true, name: 'admin' });
  expect(drain.snapshot()).toMatchObject({
    inFlight: 0,
    servers: [{ name: 'admin', address, connections: 1, probe: true }],
  });

  let asked = '';
  drain.afterDrain('asks the probe server', async () => {
    asked = await ask(portOf(server));
  });
  gate.resolve();
  const report = await drain.shutdown();
  expect(asked).toMatch(/^HTTP\/1\.1 200 /);
  expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(report).toMatchObject({
    outcome: 'drained',
    requests: { inFlightAtStart: 0, completed: 0 },
    connections: { openAtStart: 0, closed: 0 },
  });
});

test('said in the lame duck, it counts from then on, and the sums of the report are right', async () => {
  const { drain, server, gate, answer } = await found();
  drain.beforeDrain('waits for the gate', () => gate.promise);
  const done = drain.shutdown();
  expect(drain.snapshot()).toMatchObject({ phase: 'lame-duck', inFlight: 1 });
  drain.track(server, { probe: true });
  expect(drain.inFlight).toBe(0);
  let asked = '';
  drain.afterDrain('asks the probe server', async () => {
    asked = await ask(portOf(server));
  });
  gate.resolve();
  expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  const { requests, connections } = await done;
  expect(asked).toMatch(/^HTTP\/1\.1 200 /);
  expect(requests).toMatchObject({ inFlightAtStart: 0, completed: 0, aborted: 0 });
  expect(connections).toEqual({ openAtStart: 0, closed: 0, forced: 0 });
});

test('a probe server that is said to be none is waited for as any other, and what is not said stays', async () => {
  const { drain, server, gate, answer } = await found();
  drain.track(server, { probe: true, name: 'admin' });
  drain.track(server);
  expect(drain.snapshot().servers).toMatchObject([{ name: 'admin', probe: true }]);
  drain.track(server, { probe: false });
  expect(drain.snapshot()).toMatchObject({ inFlight: 1, servers: [{ name: 'admin', probe: false }] });
  const done = drain.shutdown();
  gate.resolve();
  expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  expect((await done).requests).toMatchObject({ inFlightAtStart: 1, completed: 1 });
});
