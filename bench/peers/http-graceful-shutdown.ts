import type { Library, Server } from '../../test/support/subject/library.js';
import { load, sleep } from './helpers.js';

interface Options {
  timeout: number;
  forceExit: boolean;
  preShutdown(): Promise<void>;
}

/** Its `preShutdown` runs while everything is still served: with a pause in it, a lame duck. */
export const library: Library = {
  name: 'http-graceful-shutdown',
  features: ['lameDuck'],
  afterRoutes: true,
  attach({ server, setup }) {
    const gracefulShutdown =
      load<(server: Server, options: Options) => () => Promise<void>>('http-graceful-shutdown');
    const begin = gracefulShutdown(server, {
      timeout: setup.drain.deadlineMs,
      forceExit: false,
      preShutdown: () => sleep(setup.drain.lameDuckMs),
    });
    return { begin };
  },
};
