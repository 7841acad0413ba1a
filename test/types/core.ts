/** Types of the core, checked by `npm run typecheck`; nothing here runs. */
import { createServer } from 'node:http';
import {
  type ConnectionState,
  createDrain,
  type Drain,
  type DrainOptions,
  type DrainReport,
  type DrainSnapshot,
  type HookReport,
  type Phase,
  processDrain,
  type RequestInfo,
  type StuckRequest,
  shutdown,
  untilSignal,
} from '@http-drain/core';
import { drainMetrics as openTelemetryMetrics } from '@http-drain/core/opentelemetry';
import { drainMetrics } from '@http-drain/core/prometheus';
import { showProgress } from '@http-drain/core/terminal';
import type { Meter } from '@opentelemetry/api';
import { pino } from 'pino';
import { type OpenMetricsContentType, Registry } from 'prom-client';
import { expectTypeOf } from 'vitest';
import { WebSocketServer } from 'ws';

expectTypeOf<DrainOptions>().branded.toEqualTypeOf<{
  deadlineMs?: number | undefined;
  lameDuckMs?: number | undefined;
  quietMs?: number | undefined;
  cleanupMs?: number | undefined;
  lateRequests?: 'serve' | 'reject' | undefined;
  maxConnectionAgeMs?: number | undefined;
  http2LameDuck?: 'wait' | 'goaway' | undefined;
  closeSpreadMs?: number | undefined;
  urls?: 'path' | 'full' | undefined;
  logger?:
    | {
        info(fields: object, message: string): void;
        warn(fields: object, message: string): void;
      }
    | undefined;
  ignore?: ((server: import('node:net').Server) => boolean) | undefined;
}>();
expectTypeOf(createDrain).toEqualTypeOf<(options?: DrainOptions) => Drain>();
createDrain({ logger: pino() });
createDrain({ logger: console });
// @ts-expect-error a string is no number of milliseconds
createDrain({ deadlineMs: '10s' });
// @ts-expect-error there is no such option
createDrain({ timeout: 10 });

expectTypeOf<Phase>().toEqualTypeOf<'serving' | 'lame-duck' | 'draining' | 'forcing' | 'closed'>();
expectTypeOf(processDrain).toEqualTypeOf<Drain>();
expectTypeOf<Drain['signal']>().toEqualTypeOf<AbortSignal>();
expectTypeOf(processDrain.snapshot()).toEqualTypeOf<DrainSnapshot>();
expectTypeOf<DrainSnapshot['requests']>().toEqualTypeOf<RequestInfo[]>();
expectTypeOf<keyof DrainSnapshot['connections']>().toEqualTypeOf<ConnectionState | 'open'>();
expectTypeOf(shutdown()).toEqualTypeOf<Promise<DrainReport>>();
expectTypeOf(untilSignal({ signals: ['SIGTERM'], message: 'shutdown' })).toEqualTypeOf<Promise<string>>();
// @ts-expect-error no signal of that name
void untilSignal({ signals: ['SIGNAL'] });
processDrain.trackWebSockets(new WebSocketServer({ noServer: true }), { spreadMs: 1_000 });

expectTypeOf<DrainReport['outcome']>().toEqualTypeOf<'drained' | 'forced'>();
expectTypeOf<DrainReport['phases']>().toEqualTypeOf<Record<'lame-duck' | 'draining' | 'forcing', number>>();
expectTypeOf<keyof DrainReport['requests']>().toEqualTypeOf<
  'inFlightAtStart' | 'completed' | 'late' | 'rejected' | 'aborted' | 'forced'
>();
expectTypeOf<keyof DrainReport['connections']>().toEqualTypeOf<'openAtStart' | 'closed' | 'forced'>();
expectTypeOf<DrainReport['stuck']>().toEqualTypeOf<StuckRequest[]>();
expectTypeOf<StuckRequest>().toExtend<RequestInfo>();
expectTypeOf<DrainReport['hooks']>().toEqualTypeOf<HookReport[]>();
expectTypeOf<HookReport['error']>().toEqualTypeOf<string | undefined>();

expectTypeOf(drainMetrics(new Registry(), { drain: processDrain, prefix: 'api_' })).toEqualTypeOf<void>();
drainMetrics(new Registry<OpenMetricsContentType>());
expectTypeOf(openTelemetryMetrics({} as Meter, { drain: processDrain })).toEqualTypeOf<() => void>();
expectTypeOf(showProgress({ stream: process.stdout })).toEqualTypeOf<() => void>();

// Commonest idiom of Node: the listener of a signal.
process.on('SIGTERM', shutdown);
process.once('SIGINT', createDrain().shutdown);
// @ts-expect-error it takes options
void shutdown(createServer());
// @ts-expect-error it takes milliseconds
void shutdown({ deadlineMs: '10s' });
