import type { Drain } from '@http-drain/core';
import { type DynamicModule, Inject, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { makeDrain } from './drained-application.js';
import { DrainHealthIndicator } from './health-indicator.js';
import type { DrainModuleAsyncOptions, DrainModuleOptions } from './options.js';

/** The token of the drain: `@Inject(DRAIN)`, `app.get(DRAIN)`. */
export const DRAIN: unique symbol = Symbol.for('@http-drain/nestjs:drain') as typeof DRAIN;

const OPTIONS = Symbol('options');

/** Injects the {@link Drain} of the application. */
export const InjectDrain = (): ParameterDecorator & PropertyDecorator => Inject(DRAIN);

/**
 * Makes a Nest application drain at SIGTERM and SIGINT, and then close: `onModuleDestroy`, `beforeApplicationShutdown`
 * and `onApplicationShutdown` run once, after the last request, with the signal's name. `app.close()` comes to the same,
 * for that application alone.
 *
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
        { provide: DRAIN, inject: [OPTIONS, ModulesContainer], useFactory: makeDrain },
        {
          provide: DrainHealthIndicator,
          inject: [DRAIN],
          useFactory: (drain: Drain) => new DrainHealthIndicator(drain),
        },
      ],
      exports: [DRAIN, DrainHealthIndicator],
    };
  }
}
