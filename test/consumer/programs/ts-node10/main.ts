/** Every entry point, as a program finds it whose TypeScript knows nothing of `exports`. */
import { type Drain, type DrainReport, processDrain } from '@http-drain/core';
import { drainMetrics as measure } from '@http-drain/core/opentelemetry';
import { drainMetrics } from '@http-drain/core/prometheus';
import { showProgress } from '@http-drain/core/terminal';
import { drain } from '@http-drain/express';
import gracefulPlugin, { gracefulPlugin as plugin } from '@http-drain/fastify';
import { DrainModule } from '@http-drain/nestjs';
import '@http-drain/core/register';

drainMetrics();
measure();
showProgress();
export const own: Drain = processDrain;
export const report: Promise<DrainReport> = own.shutdown({ deadlineMs: 1_000 });
export const adapters = [drain(), gracefulPlugin, plugin, DrainModule.forRoot({ readiness: '/readyz' })];
