import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

/** Node publishes `{ server }` here in `net.Server.listen()`, in all supported versions (diagnostics_channel). */
const LISTEN = 'tracing:net.server.listen:asyncStart';

/** Is it an http, https, http2 or http2-secure server? Node does not export the classes of the last two. */
export function isHttpServer(server: unknown): server is net.Server {
  if (server instanceof http.Server || server instanceof https.Server) return true;
  return (
    server instanceof net.Server &&
    typeof (server as { updateSettings?: unknown }).updateSettings === 'function'
  );
}

/**
 * Calls `found` with each HTTP server of this process that begins to listen from now on. Returns a function that
 * ends it.
 */
export function discoverServers(found: (server: net.Server) => void): () => void {
  const onListen = (message: unknown) => {
    const { server } = message as { server: unknown };
    if (isHttpServer(server)) found(server);
  };
  subscribe(LISTEN, onListen);
  return () => unsubscribe(LISTEN, onListen);
}
