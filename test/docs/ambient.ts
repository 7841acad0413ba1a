/** What the fragments of the documents take for granted, as a declaration file. */
export const AMBIENT = `
import type { Express, Request, Response } from 'express';
import type { FastifyInstance } from 'fastify';
import type { Server } from 'node:http';
import type { WebSocketServer } from 'ws';
import type * as core from '@http-drain/core';
import type * as adapter from '@http-drain/express';
import type { gracefulPlugin as plugin } from '@http-drain/fastify';
import type * as nest from '@http-drain/nestjs';
import type * as common from '@nestjs/common';

declare global {
  const app: Express;
  const fastify: FastifyInstance;
  const server: Server;
  const adminServer: Server;
  const front: import('node:net').Server;
  const wss: WebSocketServer;
  const io: { close(): Promise<void> };
  const request: Request;
  const response: Response;
  const database: Record<'connect' | 'ping' | 'end' | 'close', () => Promise<void>>;
  const consumer: { stop(): Promise<void> };
  const traces: { flush(): Promise<void> };
  const meterProvider: { shutdown(): Promise<void> };
  const http: typeof import('node:http');
  const register: typeof import('prom-client').register;
  const pino: () => core.DrainLogger;
  const winston: Record<'info' | 'warn', (message: string, fields: object) => unknown>;

  const drainMetrics: typeof import('@http-drain/core/prometheus').drainMetrics;
  const showProgress: typeof import('@http-drain/core/terminal').showProgress;

  const drain: typeof adapter.drain;
  const gracefulPlugin: typeof plugin;
  const DrainModule: typeof nest.DrainModule;
  type DrainHealthIndicator = nest.DrainHealthIndicator;
  const Module: typeof common.Module;
  const afterDrain: typeof core.afterDrain;
  const beforeDrain: typeof core.beforeDrain;
  const createDrain: typeof core.createDrain;
  const createProbes: typeof core.createProbes;
  const setReady: typeof core.setReady;
  const onDrain: typeof core.onDrain;
  const processDrain: typeof core.processDrain;
  const shutdown: typeof core.shutdown;
  const untilSignal: typeof core.untilSignal;
  const waitUntil: typeof core.waitUntil;
}
`;
