import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createDrain, type DrainReport } from '@http-drain/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Child, killLeftovers } from '../process/child.js';

afterEach(killLeftovers);
afterEach(() => void vi.useRealTimers());

const program = fileURLToPath(new URL('fixtures/under-fakes.mjs', import.meta.url));

describe.each(['sinon', 'node:test'])('fake timers of %s', (whose) => {
  test.each(['before', 'after'])(
    'installed %s core was loaded: a drain goes by the real clock',
    async (when) => {
      const child = new Child(process.execPath, [program, whose, when]);
      const report = await child.json<DrainReport>('report');
      expect(report.outcome).toBe('drained');
      expect(report.phases['lame-duck']).toBeGreaterThanOrEqual(15);
      expect(await child.exited).toEqual({ code: 0, signal: null });
    },
  );

  test.each(['before', 'after'])('installed %s core was loaded: the deadline holds', async (when) => {
    const child = new Child(process.execPath, [program, whose, when, 'endless']);
    expect(await child.json<DrainReport>('report')).toMatchObject({ outcome: 'forced' });
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });
});

test('under fake timers of Vitest a drain goes by the real clock', async () => {
  const server = http.createServer((_request, response) => response.end('answer'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const agent = new http.Agent({ keepAlive: true });
  const { port } = server.address() as AddressInfo;
  const [response] = await once(http.get({ host: '127.0.0.1', port, agent }), 'response');
  await once(response.resume(), 'end');

  vi.useFakeTimers();
  const drain = createDrain({ lameDuckMs: 50 });
  drain.track(server);
  const report = await drain.shutdown();
  expect(report.outcome).toBe('drained');
  expect(report.phases['lame-duck']).toBeGreaterThanOrEqual(45);
});
