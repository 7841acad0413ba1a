import {
  Counter,
  Gauge,
  type OpenMetricsContentType,
  type PrometheusContentType,
  type Registry,
  register,
} from 'prom-client';
import { type Drain, processDrain } from './index.js';
import { type DrainMetric, METRICS } from './tell/metrics.js';

export interface DrainMetricsOptions {
  /** The drain to measure. Default the process drain. */
  drain?: Drain | undefined;
  /** What the names of the metrics begin with. Default 'http_drain_'. */
  prefix?: string | undefined;
}

/**
 * Registers the metrics of a drain with prom-client (an optional peer dependency). They are read when they are
 * scraped: nothing is timed or kept in between.
 *
 * `http_drain_phase{phase}`, `http_drain_ready`, `http_drain_requests_in_flight`, `http_drain_background_in_flight`,
 * `http_drain_connections{state}`, `http_drain_servers{kind}`, `http_drain_hooks_pending`, `http_drain_duration_seconds`,
 * `http_drain_deadline_seconds`, `http_drain_deadline_left_seconds`, `http_drain_outcome{outcome}`, and, counted from the call of `shutdown()` on,
 * `http_drain_requests_total{outcome}` and `http_drain_late_requests_total`.
 *
 * To be scraped while draining, the metrics need a server that is tracked with `probe: true`. It closes last, but it does
 * close: the outcome of a drain is there from the beginning of forcing on, and 'drained' only when nobody can scrape it.
 *
 * @param registry - where to register them. Default prom-client's own registry
 * @throws Error, prom-client's own, if the registry has metrics of these names already
 *
 * @example
 * ```ts
 * drainMetrics(register);
 * const metrics = http.createServer(async (_request, response) => response.end(await register.metrics()));
 * processDrain.track(metrics.listen(9090), { probe: true });
 * ```
 */
export function drainMetrics(
  registry: Registry<PrometheusContentType> | Registry<OpenMetricsContentType> = register,
  { drain = processDrain, prefix = 'http_drain_' }: DrainMetricsOptions = {},
): void {
  for (const metric of METRICS) {
    const labelNames = metric.label === undefined ? [] : [metric.label];
    const common = { help: metric.help, labelNames, registers: [registry] };
    const name = `${prefix}${metric.name}${metric.unit ? `_${metric.unit}` : ''}`;
    if (metric.kind === 'gauge') {
      new Gauge({
        ...common,
        name,
        collect() {
          for (const [labels, value] of read(metric, drain)) this.set(labels, value);
        },
      });
    } else {
      new Counter({
        ...common,
        name: `${name}_total`,
        collect() {
          this.reset();
          for (const [labels, value] of read(metric, drain)) this.inc(labels, value);
        },
      });
    }
  }
}

function read({ label, values }: DrainMetric, drain: Drain): [labels: Record<string, string>, number][] {
  return Object.entries(values(drain.snapshot())).map(([name, value]) => [
    label === undefined ? {} : { [label]: name },
    value,
  ]);
}
