import type { Library, Server } from '../../test/support/subject/library.js';
import { load } from './helpers.js';

interface HttpTerminator {
  createHttpTerminator(options: { server: Server; gracefulTerminationTimeout: number }): {
    terminate(): Promise<void>;
  };
}

export const library: Library = {
  name: 'http-terminator',
  features: [],
  afterRoutes: true,
  attach({ server, setup }) {
    const { createHttpTerminator } = load<HttpTerminator>('http-terminator');
    const terminator = createHttpTerminator({ server, gracefulTerminationTimeout: setup.drain.deadlineMs });
    return { begin: () => terminator.terminate() };
  },
};
