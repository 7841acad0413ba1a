import type { Server } from 'node:net';

interface Layer {
  handle?: { stack?: Layer[] };
}

/** The part of an Express app that is looked at: its router is `_router` in Express 4, `router` in Express 5. */
interface ExpressApp {
  lazyrouter?: unknown;
  _router?: { stack?: Layer[] };
  router?: { stack?: Layer[] };
}

/** Do the requests of this server go to an Express app that uses this middleware, itself or in one of its routers? */
export function servesThrough(server: Server, middleware: object): boolean {
  return server.listeners('request').some((listener) => {
    const app = listener as ExpressApp;
    const router = app.lazyrouter ? app._router : app.router;
    return holds(router?.stack, middleware);
  });
}

function holds(stack: Layer[] | undefined, middleware: object): boolean {
  return stack?.some(({ handle }) => handle === middleware || holds(handle?.stack, middleware)) ?? false;
}
