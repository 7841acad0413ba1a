import type { Server } from 'node:net';
import { checkDrain, type Drain, type DrainOptions, type PartOptions, processDrain } from '@http-drain/core';
import { Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { closeThroughDrain } from './closing.js';
import { endMicroservices } from './microservices.js';
import { onInit } from './on-init.js';
import type { DrainModuleOptions } from './options.js';
import { knowShutdownHooks } from './shutdown-hooks.js';
import { shutdownAtSignal } from './signals.js';
import { onListening, serveProbes, tellGateways } from './traffic.js';

/** Makes the drain of an application, and hangs the application on it when that begins its `init()`. */
export function makeDrain(options: DrainModuleOptions, modules: ModulesContainer): Drain {
  const { drain: given = processDrain, readiness, liveness, signals, webSockets, ...drainOptions } = options;
  let server: Server | undefined;
  let closeApp = (): unknown => undefined;
  let signal: string | undefined;
  const drain = takeOn(given, drainOptions, {
    close: { name: 'app.close', fn: () => closeApp() },
    accept: (other) => server !== undefined && areBindings(server, other),
  });
  onInit(modules, async (app, init) => {
    server = app.getHttpServer();
    drain.track(server);
    knowShutdownHooks(app);
    const close = closeThroughDrain(app, drain, () => signal);
    closeApp = async () => {
      await close();
      endMicroservices(app);
    };
    const adapter = app.getHttpAdapter();
    serveProbes(adapter, drain, { readiness, liveness });
    if (signals !== false) {
      onListening(adapter, server, async () => {
        signal = await shutdownAtSignal(given, signals);
      });
    }
    await init();
    tellGateways(app, drain, webSockets);
  });
  return drain;
}

/** The drain of the process gets a part, so that `app.close()` leaves the rest of the process alone. */
function takeOn(drain: Drain, options: DrainOptions, { close, accept }: PartOptions): Drain {
  checkDrain(drain);
  drain.configure({ logger: drain.logger ?? nestLogger(), ...options });
  if (drain !== processDrain) {
    drain.discover(accept);
    drain.afterDrain(close.name, close.fn);
    return drain;
  }
  drain.discover();
  return drain.part({ options: { logger: drain.logger, ...options }, close, accept });
}

/** For `localhost` Fastify listens on ::1 beside 127.0.0.1, with a second server that has the same handler. */
function areBindings(server: Server, other: Server): boolean {
  const handlers = server.listeners('request');
  return other === server || other.listeners('request').some((handler) => handlers.includes(handler));
}

function nestLogger() {
  const logger = new Logger('Drain');
  return {
    info: (_: object, message: string) => logger.log(message),
    warn: (_: object, message: string) => logger.warn(message),
  };
}
