import type { Library, Server } from '../../test/support/subject/library.js';
import { bySignal, load, sleep } from './helpers.js';

interface Options {
  timeout: number;
  signal: string;
  healthChecks: Record<string, () => Promise<void>>;
  beforeShutdown(): Promise<void>;
  onShutdown(): Promise<void>;
}

/** Its documentation has `beforeShutdown` sleep for a readiness delay: a lame duck. */
export const library: Library = {
  name: '@godaddy/terminus',
  features: ['lameDuck', 'readiness'],
  afterRoutes: true,
  attach({ server, setup }) {
    const { begin, over } = bySignal();
    load<{ createTerminus(server: Server, options: Options): void }>('@godaddy/terminus').createTerminus(
      server,
      {
        timeout: setup.drain.deadlineMs,
        signal: 'SIGTERM',
        healthChecks: { '/readyz': async () => {} },
        beforeShutdown: () => sleep(setup.drain.lameDuckMs),
        onShutdown: over,
      },
    );
    return { begin };
  },
};
