import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDrain, type DrainOptions, type DrainReport } from '@http-drain/core';
import { drain as expressDrain } from '@http-drain/express';
import express from 'express';
import { expect, test, vi } from 'vitest';

/** Drains a server that is asked for `path` all through the lame duck, and until the end of it, or for a while. */
async function drainWhileAsked(path: string, options: DrainOptions, askForMs = Infinity) {
  const logger = { info: vi.fn(), warn: vi.fn() };
  const drain = createDrain({ logger, deadlineMs: 5_000, ...options });
  const app = express();
  app.use(expressDrain({ drain, readiness: '/readyz' }));
  app.get('/', (_request, response) => void response.send('ok'));
  const server = http.createServer(app);
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const began = performance.now();
  const report = drain.shutdown();
  while (drain.phase === 'lame-duck') {
    if (performance.now() - began < askForMs) await fetch(`http://127.0.0.1:${port}${path}`).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { report: (await report) as DrainReport, warnings: logger.warn.mock.calls };
}

test('requests that come to its very end are counted, and told of with the number', async () => {
  const { report, warnings } = await drainWhileAsked('/', { lameDuckMs: 2_000 });
  expect(report.late).toBeGreaterThan(0);
  const message =
    `the lame duck of 2000 ms was too short: ${report.late} request${report.late === 1 ? '' : 's'} came in its last 500 ms, ` +
    'and those that follow may be lost; make it longer than the load balancer needs';
  expect(warnings).toEqual([[{ late: report.late }, message]]);
  expect(report.warnings).toEqual([message]);
});

test.each([
  ['that have stopped in time', '/', { lameDuckMs: 1_500 }, 100],
  ['of health probes', '/readyz', { lameDuckMs: 1_000 }, Infinity],
  ['after which it was quiet', '/', { lameDuckMs: 2_000, quietMs: 100 }, 100],
] as const)('nothing is said of requests %s', async (_what, path, options, askForMs) => {
  const { report, warnings } = await drainWhileAsked(path, options, askForMs);
  expect(report).toMatchObject({ outcome: 'drained', late: 0, warnings: [] });
  expect(warnings).toEqual([]);
});
