import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

/** The other libraries live in bench/, outside the workspace. */
const require = createRequire(new URL('../../bench/package.json', import.meta.url));

const plainTimerMs = 2_000;

/**
 * Each library in the use that its own documentation shows.
 * @type {Record<string, (server: import('node:http').Server, drain: import('./work.mjs').DrainSettings) => void>}
 */
export const peers = {
  'http-terminator': (server) => {
    const terminator = require('http-terminator').createHttpTerminator({ server });
    process.once('SIGTERM', async () => {
      await terminator.terminate();
      process.exit(0);
    });
  },

  stoppable: (server) => {
    const stoppable = require('stoppable')(server, 5_000);
    process.once('SIGTERM', () => stoppable.stop(() => process.exit(0)));
  },

  'http-graceful-shutdown': (server) => {
    require('http-graceful-shutdown')(server);
  },

  // Its documentation recommends a delay before the shutdown behind a balancer: the same one as http-drain's.
  '@godaddy/terminus': (server, { lameDuckMs }) => {
    require('@godaddy/terminus').createTerminus(server, {
      healthChecks: { '/readyz': async () => {} },
      useExit0: true,
      beforeShutdown: () => sleep(lameDuckMs),
    });
  },

  'server.close()': (server) => {
    process.once('SIGTERM', () => {
      server.close(() => process.exit(0));
      setTimeout(() => process.exit(1), plainTimerMs).unref();
    });
  },
};
