import type { Library, Server } from '../../test/support/subject/library.js';
import { called, load } from './helpers.js';

type HttpShutdown = (server: Server) => {
  shutdown(callback: (error?: Error) => void): void;
  forceShutdown(callback: (error?: Error) => void): void;
};

/** It has no deadline of its own; its forceShutdown() is what a timer is to call. */
export const library: Library = {
  name: 'http-shutdown',
  features: [],
  afterRoutes: true,
  attach({ server, setup }) {
    const stopping = load<HttpShutdown>('http-shutdown')(server);
    return {
      begin: () => {
        const timer = setTimeout(() => stopping.forceShutdown(() => {}), setup.drain.deadlineMs);
        return called((callback) => stopping.shutdown(callback)).finally(() => clearTimeout(timer));
      },
    };
  },
};
