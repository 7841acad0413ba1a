/** The application of the request-cost benchmark: one route that answers a small JSON object. */
import http from 'node:http';
import { createDrain } from '@http-drain/core';
import { drain as drainMiddleware } from '@http-drain/express';
import { gracefulPlugin } from '@http-drain/fastify';
import express from 'express';
import Fastify from 'fastify';

const ANSWER = { hello: 'world' };

/** Each makes an application, bare or with a library: its handler, and how a server of it is attached. */
export const FRAMEWORKS = {
  async 'Express 5'(library) {
    const app = express();
    const attach = library && (isOurs(library) ? useMiddleware(app) : library.attach);
    app.get('/', (_request, response) => response.json(ANSWER));
    return { handler: app, attach: attach ?? (() => {}) };
  },
  async 'Fastify 5'(library) {
    let handler;
    const serverFactory = (handle) => {
      handler = handle;
      return http.createServer(handle);
    };
    const app = Fastify({ serverFactory });
    const attach = library && (isOurs(library) ? await usePlugin(app) : library.attach);
    app.get('/', async () => ANSWER);
    await app.ready();
    return { handler, attach: attach ?? (() => {}) };
  },
};

const isOurs = ({ name }) => name === 'http-drain';

function useMiddleware(app) {
  const drain = createDrain();
  app.use(drainMiddleware({ drain }));
  return (server) => drain.track(server);
}

async function usePlugin(app) {
  const drain = createDrain();
  await app.register(gracefulPlugin, { drain });
  return (server) => drain.track(server);
}
