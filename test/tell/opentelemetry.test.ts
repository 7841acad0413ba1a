import { drainMetrics } from '@http-drain/core/opentelemetry';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, test, vi } from 'vitest';
import { serveBusily } from './support.js';

/** A meter provider, and what it has exported, as `name{value of the attribute}`. */
function telemetry() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const collect = async () => {
    await provider.forceFlush();
    const metrics = exporter.getMetrics().at(-1)?.scopeMetrics[0]?.metrics ?? [];
    exporter.reset();
    return Object.fromEntries(
      metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => [
          [descriptor.name, ...Object.values(attributes)].join(' '),
          value,
        ]),
      ),
    );
  };
  return { provider, collect };
}

test('a real SDK collects the metrics while draining and after it', async () => {
  const { drain, finish, answer } = await serveBusily();
  const { provider, collect } = telemetry();
  drainMetrics(provider.getMeter('test'), { drain });
  expect(await collect()).toMatchObject({ 'http_drain.ready': 1, 'http_drain.phase serving': 1 });

  const report = drain.shutdown();
  expect(await collect()).toMatchObject({
    'http_drain.ready': 0,
    'http_drain.phase serving': 0,
    'http_drain.phase draining': 1,
    'http_drain.requests_in_flight': 1,
    'http_drain.connections active': 1,
    'http_drain.requests completed': 0,
  });

  let last: Record<string, unknown> = {};
  drain.afterDrain('metrics', async () => {
    last = await collect();
  });
  finish();
  await answer;
  await report;
  expect(last).toMatchObject({
    'http_drain.requests_in_flight': 0,
    'http_drain.requests completed': 1,
    'http_drain.requests forced': 0,
    'http_drain.late_requests': 0,
  });
  expect(last['http_drain.duration']).toBeGreaterThan(0);
  await provider.shutdown();
});

test('is no longer read once it is ended', async () => {
  const { drain, finish } = await serveBusily();
  const { provider, collect } = telemetry();
  const snapshot = vi.spyOn(drain, 'snapshot');
  const end = drainMetrics(provider.getMeter('test'), { drain });
  await collect();
  expect(snapshot).toHaveBeenCalledTimes(1);
  end();
  await collect();
  expect(snapshot).toHaveBeenCalledTimes(1);
  finish();
  await drain.shutdown();
  await provider.shutdown();
});
