import type { DrainModuleOptions } from '@http-drain/nestjs';

/** What application to be. */
export interface Settings {
  platform?: 'express' | 'fastify';
  options?: DrainModuleOptions & { async?: boolean };
  nest?: Record<string, unknown>;
  ownDrain?: boolean;
  gateways?: 'ws' | 'socket.io';
  /** The port of a microservice beside it. */
  microservice?: number;
  enableShutdownHooks?: 'before' | 'after';
  /** What the program itself does at SIGTERM. */
  onSigterm?: 'close' | 'close and exit';
  /** Something that nobody closes. */
  leak?: boolean;
  /** Calls `app.close()` within a hook of the drain, or of Nest's. */
  closeIn?: 'afterDrain' | 'onModuleDestroy';
}
