import { processDrain } from '@http-drain/core';
import { drainMetrics } from '@http-drain/core/prometheus';
import { type OpenMetricsContentType, Registry } from 'prom-client';
import { afterEach, expect, test } from 'vitest';
import { listen, serveBusily } from './support.js';

const registry = new Registry();
afterEach(() => registry.clear());

/** What is on a page of metrics, as `name{label="value"}`. */
async function scrape(url: string): Promise<Map<string, number>> {
  const lines = (await (await fetch(url)).text()).split('\n');
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

test('can be scraped on a probe server while draining, and tells how the requests ended', async () => {
  const { drain, finish, answer } = await serveBusily();
  const probe = await listen(async (_request, response) => response.end(await registry.metrics()));
  drain.track(probe.server, { probe: true });
  drainMetrics(registry, { drain });

  const serving = await scrape(probe.url);
  expect(serving.get('http_drain_ready')).toBe(1);
  expect(serving.get('http_drain_phase{phase="serving"}')).toBe(1);
  expect(serving.get('http_drain_duration_seconds')).toBe(0);

  const report = drain.shutdown();
  const draining = await scrape(probe.url);
  expect(Object.fromEntries(draining)).toMatchObject({
    http_drain_ready: 0,
    'http_drain_phase{phase="serving"}': 0,
    'http_drain_phase{phase="draining"}': 1,
    http_drain_requests_in_flight: 1,
    http_drain_background_in_flight: 0,
    'http_drain_connections{state="active"}': 1,
    'http_drain_connections{state="idle"}': 0,
    'http_drain_requests_total{outcome="completed"}': 0,
    http_drain_late_requests_total: 0,
  });
  expect(draining.get('http_drain_duration_seconds')).toBeGreaterThan(0);

  let last: string | undefined;
  drain.afterDrain('scrape', async () => {
    last = await registry.metrics();
  });
  finish();
  await answer;
  await report;
  expect(last).toContain('http_drain_requests_total{outcome="completed"} 1\n');
  expect(last).toContain('http_drain_requests_in_flight 0\n');
  for (const outcome of ['rejected', 'aborted', 'forced']) {
    expect(last).toContain(`http_drain_requests_total{outcome="${outcome}"} 0\n`);
  }
});

test('counts a request that was forced, and says how long the drain took once it is over', async () => {
  const { drain, answer, settled } = await serveBusily();
  drainMetrics(registry, { drain, prefix: 'api_' });
  void drain.shutdown();
  await settled();
  drain.force();
  await expect(answer).resolves.toMatchObject({ status: 503 });
  const { durationMs } = await drain.shutdown();
  const page = await registry.metrics();
  expect(page).toContain('api_requests_total{outcome="forced"} 1\n');
  expect(page).toContain('api_requests_in_flight 0\n');
  expect(page).toContain('api_late_requests_total 0\n');
  expect(page).toContain('api_phase{phase="closed"} 1\n');
  expect(page).toContain(`api_duration_seconds ${durationMs / 1_000}\n`);
});

test('measures the process drain unless told otherwise', async () => {
  drainMetrics(registry);
  let settle!: () => void;
  processDrain.waitUntil(
    new Promise<void>((resolve) => {
      settle = resolve;
    }),
  );
  expect(await registry.metrics()).toContain('http_drain_background_in_flight 1\n');
  settle();
});

test('serves the OpenMetrics format too', async () => {
  const openMetrics = new Registry<OpenMetricsContentType>();
  openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  drainMetrics(openMetrics);
  expect(await openMetrics.metrics()).toContain('# TYPE http_drain_requests counter\n');
});
