import net from 'node:net';

/** Where Nest keeps the server of a microservice: `unwrap()` of Nest 11 gives it, in Nest 10 it is protected. */
interface Microservice {
  server?: { server?: unknown };
}

/** The part of a NestApplication that is used. */
export interface Hybrid {
  getMicroservices?(): unknown[];
}

/**
 * Ends the connections that the TCP microservices of a hybrid application still have. Nest 10 closes their servers, and
 * leaves the clients connected, which would keep the process alive for ever; since Nest 11 there are none left.
 */
export function endMicroservices(app: Hybrid): void {
  const servers = (app.getMicroservices?.() ?? []).map((service) => (service as Microservice).server?.server);
  const handles = (process as { _getActiveHandles?(): unknown[] })._getActiveHandles?.() ?? [];
  for (const handle of handles) {
    if (!(handle instanceof net.Socket)) continue;
    const { _server } = handle as { _server?: unknown };
    if (_server !== undefined && servers.includes(_server)) handle.destroy();
  }
}
