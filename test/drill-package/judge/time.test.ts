import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Requests } from '../../../packages/drill/src/client/requests.js';
import { suspectOf, verdictsOf } from '../../../packages/drill/src/judge/suspects.js';
import { Cast } from '../../../packages/drill/src/round/cast.js';
import { roundOf } from './rounds.js';

describe('a process that lives on when it has nothing to do', () => {
  const codesOf = (held: string[], without?: ReturnType<typeof roundOf>) =>
    verdictsOf(held, suspectOf(held), without).map(({ code }) => code);
  const shorter = roundOf({ connections: [] });

  test('is suspected of waiting for what it held, and for nothing else', () => {
    expect(codesOf(['idle', 'late'], shorter)).toEqual(['D020']);
    expect(codesOf(['silent'], shorter)).toEqual(['D022']);
    expect(codesOf(['silent', 'late'], shorter)).toEqual(['D020', 'D022']);
    expect(codesOf([], shorter)).toEqual(['D020', 'D022']);
  });

  test('is not said to live on without connections where it held some: what keeps it could not be told', () => {
    expect(codesOf(['idle', 'late'])).toEqual(['D020']);
    expect(codesOf(['silent', 'queue'])).toEqual(['D020', 'D022']);
    expect(codesOf([])).toEqual(['D021']);
  });
});

describe('the round without kept connections', () => {
  const server = createServer((_, response) => response.end('ok'));
  afterEach(() => void server.close().closeAllConnections());

  test('has none that were made after the signal either', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const target = { host: '127.0.0.1', port, tls: false };
    const requests = new Requests(`127.0.0.1:${port}`, '/', []);
    const scouted = { get: { status: 200 } };
    const cast = new Cast(target, requests, scouted as never, {} as never);
    const before = await cast.kept('next');
    cast.closeWhenAnswered();
    const { client, id } = cast.actor('late');
    await client.connected();
    client.ask(id, requests.get(id));
    await client.until(() => !client.open);
    expect([client.asked[0]?.answer?.status, client.ending]).toEqual([200, 'own']);
    expect(before?.client.open).toBe(false);
  });
});
