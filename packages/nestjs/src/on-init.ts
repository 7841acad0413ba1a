import type { Server } from 'node:net';
import { ModulesContainer, NestApplication } from '@nestjs/core';
import type { Closable } from './closing.js';
import type { Hybrid } from './microservices.js';
import type { ShutdownHooks } from './shutdown-hooks.js';
import type { Adapter, Gateways } from './traffic.js';

/** The part of a NestApplication that is used. */
export interface Application extends Closable, Gateways, Hybrid, ShutdownHooks {
  get(token: typeof ModulesContainer): ModulesContainer;
  getHttpAdapter(): Adapter;
  getHttpServer(): Server;
}

type Around = (app: Application, init: () => Promise<unknown>) => Promise<void>;

const awaited = new WeakMap<ModulesContainer, Around>();
const { init } = NestApplication.prototype;

/**
 * Puts something around the `init()` of an application. Nest does not tell a provider which application it is in: the
 * modules are what both know.
 */
export function onInit(modules: ModulesContainer, around: Around): void {
  awaited.set(modules, around);
  NestApplication.prototype.init = initWatched;
}

async function initWatched(this: NestApplication): Promise<NestApplication> {
  const app = this as unknown as Application;
  const modules = app.get(ModulesContainer);
  const around = awaited.get(modules);
  awaited.delete(modules);
  await (around ? around(app, () => init.call(this)) : init.call(this));
  return this;
}
