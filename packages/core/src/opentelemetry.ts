import { type Meter, metrics } from '@opentelemetry/api';
import { type Drain, processDrain } from './index.js';
import { METRICS } from './tell/metrics.js';

export interface DrainMetricsOptions {
  /** The drain to measure. Default the process drain. */
  drain?: Drain | undefined;
}

/**
 * Gives OpenTelemetry (`@opentelemetry/api`, an optional peer dependency) the metrics of a drain. They are read when
 * they are collected: nothing is timed or kept in between. A reader that pushes has to be flushed after the drain,
 * in an afterDrain hook: what it tells in between is as fresh as its interval. The outcome is final once `shutdown()` has
 * resolved: flush it then.
 *
 * `http_drain.phase` (attribute `phase`), `http_drain.ready`, `http_drain.requests_in_flight`,
 * `http_drain.background_in_flight`, `http_drain.connections` (`state`), `http_drain.servers` (`kind`), `http_drain.hooks_pending`,
 * `http_drain.duration`, `http_drain.deadline` and `http_drain.deadline_left` in seconds, `http_drain.outcome` (`outcome`), and,
 * counted from the call of `shutdown()` on, `http_drain.requests` (`outcome`) and `http_drain.late_requests`.
 *
 * @param meter - the meter to use. Default one of the global meter provider
 * @returns a function that ends it
 *
 * @example
 * ```ts
 * drainMetrics();
 * afterDrain('metrics', () => meterProvider.shutdown());
 * ```
 */
export function drainMetrics(
  meter: Meter = metrics.getMeter('@http-drain/core'),
  { drain = processDrain }: DrainMetricsOptions = {},
): () => void {
  const observed = METRICS.map((metric) => {
    const options = { description: metric.help, ...(metric.unit && { unit: 's' }) };
    const name = `http_drain.${metric.name}`;
    const instrument =
      metric.kind === 'gauge'
        ? meter.createObservableGauge(name, options)
        : meter.createObservableCounter(name, options);
    return { metric, instrument };
  });
  const instruments = observed.map(({ instrument }) => instrument);

  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    const snapshot = drain.snapshot();
    for (const { metric, instrument } of observed) {
      for (const [name, value] of Object.entries(metric.values(snapshot))) {
        result.observe(instrument, value, metric.label === undefined ? {} : { [metric.label]: name });
      }
    }
  };
  meter.addBatchObservableCallback(observe, instruments);
  return () => meter.removeBatchObservableCallback(observe, instruments);
}
