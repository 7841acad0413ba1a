import { checkDrain, type Drain, processDrain } from '@http-drain/core';
import { type DynamicModule, Inject, Logger, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { closeThroughDrain } from './closing.js';
import { DrainHealthIndicator } from './health-indicator.js';
import { onInit } from './on-init.js';
import type { DrainModuleAsyncOptions, DrainModuleOptions } from './options.js';
import { serveProbes, tellGateways } from './traffic.js';

/** The token of the drain: `@Inject(DRAIN)`, `app.get(DRAIN)`. */
export const DRAIN: unique symbol = Symbol.for('@http-drain/nestjs:drain') as typeof DRAIN;

/** Injects the {@link Drain}. */
export const InjectDrain = (): ParameterDecorator & PropertyDecorator => Inject(DRAIN);

/**
 * Makes a Nest application drain at SIGTERM and SIGINT, and then close: `onModuleDestroy`, `beforeApplicationShutdown`
 * and `onApplicationShutdown` run once, after the last request, with the signal's name. `app.close()` comes to the same.
 * Imported once, in the root module. A pure microservice has no HTTP server, and is left alone.
 *
 * @example
 * ```ts
 * @Module({ imports: [DrainModule.forRoot({ readiness: '/readyz' })] })
 * class AppModule {}
 * ```
 */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: a module of Nest's is a class
export class DrainModule {
  /** Bad options are a TypeError when the application is created. */
  static forRoot(options: DrainModuleOptions = {}): DynamicModule {
    return DrainModule.forRootAsync({ useFactory: () => options });
  }

  /** Options from a factory, as with `inject: [ConfigService]`. */
  static forRootAsync({ imports = [], inject = [], useFactory }: DrainModuleAsyncOptions): DynamicModule {
    return {
      module: DrainModule,
      global: true,
      imports,
      providers: [
        { provide: OPTIONS, inject, useFactory },
        { provide: DRAIN, inject: [OPTIONS, ModulesContainer], useFactory: takeOn },
        {
          provide: DrainHealthIndicator,
          inject: [DRAIN],
          useFactory: (drain) => new DrainHealthIndicator(drain),
        },
      ],
      exports: [DRAIN, DrainHealthIndicator],
    };
  }
}

const OPTIONS = Symbol('options');

/** The drain of an application, which is ready when the application is. */
function takeOn(options: DrainModuleOptions, modules: ModulesContainer): Drain {
  const { drain = processDrain, readiness, liveness, signals, webSockets, ...drainOptions } = options;
  checkDrain(drain);
  const log = new Logger('Drain');
  const logger = {
    info: (_: object, line: string) => log.log(line),
    warn: (_: object, line: string) => log.warn(line),
  };
  drain.configure({ logger: drain.logger ?? logger, ...drainOptions });
  if (drain === processDrain) drain.discover();
  onInit(modules, async (app, init) => {
    serveProbes(app.getHttpAdapter(), drain, { readiness, liveness });
    drain.track(app.getHttpServer());
    closeThroughDrain(app, drain, signals);
    await init();
    tellGateways(app, drain, webSockets);
  });
  return drain;
}
