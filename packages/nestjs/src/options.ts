import type { Drain, DrainOptions, ProbePaths, WebSocketOptions } from '@http-drain/core';
import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';

/** Options of the module: those of the drain, where its probes answer, and which signals it takes. */
export interface DrainModuleOptions extends DrainOptions, ProbePaths {
  /**
   * The drain to use. Default a part of the process drain, which `app.close()` drains alone, and `shutdown()` with the
   * rest; the process drain tracks every HTTP server that begins to listen from now on.
   */
  drain?: Drain | undefined;
  /**
   * The signals at which the application drains and closes. Default SIGTERM and SIGINT; `false` leaves them to you, or
   * to Nest's `enableShutdownHooks()`: `app.close()` drains first in any case.
   */
  signals?: readonly NodeJS.Signals[] | false | undefined;
  /** How the clients of `ws` gateways are told to go. */
  webSockets?: WebSocketOptions | undefined;
}

/** As of other modules: a factory for the options, and what is injected into it. */
export interface DrainModuleAsyncOptions
  extends Pick<ModuleMetadata, 'imports'>,
    Pick<FactoryProvider<DrainModuleOptions>, 'inject' | 'useFactory'> {}
