import { subscribe } from 'node:diagnostics_channel';
import type { ServerHttp2Stream } from 'node:http2';
import type { Server } from 'node:net';
import { activeHandles } from '../node/active-handles.js';
import { bySymbol } from '../node/by-symbol.js';
import { canCatchSignals } from '../node/signal-handle.js';
import type { Attendant } from './attend.js';
import type { ListenHandle } from './cluster-queue.js';
import { registration, setRegistration } from './registration.js';
import { SignalGate } from './signal-gate.js';

/** Node publishes `{ server }` here: `listen()` was called, and the socket listens (in all supported versions). */
const LISTEN_CALLED = 'tracing:net.server.listen:asyncStart';
const LISTENING = 'tracing:net.server.listen:asyncEnd';
/** And here: a request of HTTP/1 has come, and a stream of HTTP/2 (not on Node 20; diagnostics_channel). */
const REQUESTED = 'http.server.request.start';
const STREAM_CREATED = 'http2.server.stream.created';

/**
 * What runs before a program that knows nothing of it, in each process that inherits NODE_OPTIONS: it does as little
 * as it can, until a server of HTTP begins to listen.
 *
 * @param load - loads all the rest
 */
export function preload(load: () => Attendant): void {
  if (process.env.HTTP_DRAIN === 'off' || registration() || !canCatchSignals) return;
  let loaded: Attendant | undefined;
  const attendant = () => {
    loaded ??= load();
    return loaded;
  };
  const gate = new SignalGate((arrival) => loaded?.keeps(arrival) ?? false);
  setRegistration({
    get options() {
      return attendant().options;
    },
    catches: (signal) => gate.catches(signal),
  });
  const found = new WeakSet<Server>();
  const begins = (server: Server) => {
    if (looksLikeHttp(server) && attendant().attends(server)) found.add(server);
  };
  const listens = (server: Server) => {
    if (!found.has(server)) return ifHandedOut(server, (handle) => attendant().handsOut(handle));
    gate.watch();
    attendant().listens(server, () => gate.unwatch());
  };
  subscribe(LISTEN_CALLED, (message) => begins((message as { server: Server }).server));
  subscribe(LISTENING, (message) => listens((message as { server: Server }).server));
  const isThere = (server: Server) => {
    if (found.has(server)) return;
    begins(server);
    if (found.has(server)) listens(server);
  };
  // One that is given its connections by hand never listens: it is found by what it is asked.
  const isAsked = (server: Server | undefined) => {
    // Once Node has put the answer on the socket, or on the session, where it is found.
    if (server && !found.has(server)) void Promise.resolve(server).then(isThere);
  };
  subscribe(REQUESTED, (message) => isAsked((message as { server: Server }).server));
  subscribe(STREAM_CREATED, (message) =>
    isAsked(serverOf((message as { stream: ServerHttp2Stream }).stream)),
  );
  for (const server of activeHandles().filter(isListening)) isThere(server);
}

const serverOf = ({ session }: ServerHttp2Stream): Server | undefined =>
  session && bySymbol<Server>(session, 'server');

/** Loaded later than it should be, it finds servers that listen already. */
const isListening = (handle: unknown): handle is Server =>
  (handle as { listening?: unknown }).listening === true;

/** The primary of a cluster takes the listening socket away from the server by which it has made it. */
function ifHandedOut(server: Server, callback: (handle: ListenHandle) => void): void {
  const handle = (server as { _handle?: ListenHandle | null })._handle;
  if (process.env.NODE_UNIQUE_ID !== undefined || !handle) return;
  server.once('listening', async () => {
    await undefined; // all others that listen for it have been called
    if ((server as { _handle?: unknown })._handle === null) callback(handle);
  });
}

/** For most processes the answer is no, and `node:http` is not loaded for it. */
const looksLikeHttp = (server: object): boolean =>
  'closeIdleConnections' in server || 'updateSettings' in server;
