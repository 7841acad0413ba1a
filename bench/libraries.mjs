/**
 * What is measured: http-drain and the other libraries, each in its documented use, with the same deadline.
 *
 * `attach` gets a server before it listens (and the Fastify instance it belongs to, where `fastify` asks for one)
 * and returns `stop`, which resolves when the library says that it is done.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const DEADLINE_MS = 25_000;

/**
 * @typedef {object} Library
 * @property {string} name
 * @property {object} [fastify] it closes a Fastify instance made with these options
 * @property {boolean} [endsProcess] it ends the process, so that one at a time can be measured
 * @property {(server: import('node:http').Server, fastify?: any) => () => Promise<unknown>} attach
 */

/** @type {Library[]} */
export const LIBRARIES = [
  {
    name: 'http-drain',
    attach(server) {
      const drain = require('@http-drain/core').createDrain({ deadlineMs: DEADLINE_MS });
      drain.track(server);
      return () => drain.shutdown();
    },
  },
  {
    name: 'http-terminator',
    attach(server) {
      const { createHttpTerminator } = require('http-terminator');
      const terminator = createHttpTerminator({ server, gracefulTerminationTimeout: DEADLINE_MS });
      return () => terminator.terminate();
    },
  },
  {
    name: 'lil-http-terminator',
    attach(server) {
      const terminator = require('lil-http-terminator')({
        server,
        gracefulTerminationTimeout: DEADLINE_MS,
        maxWaitTimeout: DEADLINE_MS,
      });
      return () => terminator.terminate();
    },
  },
  {
    name: 'stoppable',
    attach(server) {
      require('stoppable')(server, DEADLINE_MS);
      return () => new Promise((resolve) => server.stop(resolve));
    },
  },
  {
    name: 'http-graceful-shutdown',
    attach(server) {
      return require('http-graceful-shutdown')(server, {
        timeout: DEADLINE_MS,
        forceExit: false,
        signals: '',
      });
    },
  },
  {
    name: '@godaddy/terminus',
    attach(server) {
      const signal = 'SIGUSR2';
      require('@godaddy/terminus').createTerminus(server, { timeout: DEADLINE_MS, signal });
      return async () => {
        process.kill(process.pid, signal);
        await once(process, signal);
        // When it is done it sends the signal once more, which is to end the process.
        await once(process, signal);
      };
    },
  },
  {
    name: 'http-shutdown',
    attach(server) {
      require('http-shutdown')(server);
      return () => new Promise((resolve) => server.shutdown(resolve));
    },
  },
  {
    name: 'fastify.close()',
    fastify: {},
    attach: (_server, fastify) => () => fastify.close(),
  },
  {
    name: 'fastify.close() with forceCloseConnections',
    fastify: { forceCloseConnections: true },
    attach: (_server, fastify) => () => fastify.close(),
  },
  {
    name: 'close-with-grace and fastify.close()',
    endsProcess: true,
    fastify: {},
    attach(_server, fastify) {
      const grace = require('close-with-grace')({ delay: DEADLINE_MS }, () => fastify.close());
      return async () => {
        // Its last act is to end the process.
        const { exit } = process;
        const exited = new Promise((resolve) => {
          process.exit = resolve;
        });
        void grace.close();
        await exited;
        process.exit = exit;
        // It leaves listeners that would end the process at the next event of their kind.
        for (const event of process.eventNames()) {
          if (/^(SIG|un)/.test(String(event))) process.removeAllListeners(event);
        }
      };
    },
  },
  {
    name: 'server.close() with a timer',
    attach: (server) => async () => {
      const timer = setTimeout(() => server.closeAllConnections(), DEADLINE_MS);
      const closed = once(server, 'close');
      server.close();
      await closed;
      clearTimeout(timer);
    },
  },
];
