import type { Library, Server } from '../../test/support/subject/library.js';
import { called, load } from './helpers.js';

type Stoppable = (server: Server, grace: number) => { stop(callback: (error?: Error) => void): void };

export const library: Library = {
  name: 'stoppable',
  features: [],
  afterRoutes: true,
  attach({ server, setup }) {
    const stopping = load<Stoppable>('stoppable')(server, setup.drain.deadlineMs);
    return { begin: () => called((callback) => stopping.stop(callback)) };
  },
};
