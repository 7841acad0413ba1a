import net, { type Server } from 'node:net';
import { isHttpServer } from '../traffic/discovery.js';
import type { ServerWords } from '../traffic/server-set.js';
import type { TrackOptions } from './drain.js';
import { checkNames, misuse } from './errors.js';

/**
 * What `track()` says of a server.
 *
 * @throws TypeError for what is none, and for bad options
 */
export function trackWords(server: Server, options: TrackOptions): ServerWords {
  if (!isHttpServer(server)) throw misuse('server', 'an http, https or http2 server', server, hintOf(server));
  checkNames(options, ['probe', 'name']);
  const { probe, name } = options;
  if (probe !== undefined && typeof probe !== 'boolean') throw misuse('probe', 'true or false', probe);
  if (name !== undefined && typeof name !== 'string') throw misuse('name', 'a string', name);
  return { probe, name };
}

/** An application is often taken for its server, and so is what listens for it. */
function hintOf(server: { server?: unknown; listen?: unknown }): string | undefined {
  if (server instanceof net.Server) return 'track the server that it hands its connections to';
  if (isHttpServer(server?.server)) return 'write track(fastify.server)';
  return typeof server?.listen === 'function' ? 'write track(app.listen(port))' : undefined;
}
