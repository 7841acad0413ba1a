/**
 * Everything that is used of Node's insides and not documented, in one place. Each function is guarded by feature
 * detection and says what is done without it.
 */

import cluster from 'node:cluster';
import type { Channel } from 'node:diagnostics_channel';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import net from 'node:net';
import { Duplex } from 'node:stream';
import type { Worker } from 'node:worker_threads';
import { activeHandles } from './active-handles.js';
import { bySymbol } from './by-symbol.js';
import { instancesOf } from './inspector.js';
import { clearTimeout, type Timer } from './timers.js';
import { isTlsServer, isTlsSocket, loadTls } from './tls.js';

/** What Node adds to the sockets of its HTTP/1 servers. */
export interface HttpSocket extends net.Socket {
  server?: net.Server;
  _server?: net.Server;
  _parent?: net.Socket;
  _secureEstablished?: boolean;
  _httpMessage?: ServerResponse | null;
  _handle?: (StreamHandle & { _parent?: StreamHandle | null; _parentWrap?: net.Socket }) | null;
  /** The HTTP/1 parser; null once an upgrade or CONNECT has taken the socket over. */
  parser?: { incoming?: IncomingMessage | null } | null;
}

interface ConnectionsList {
  all(): { socket?: HttpSocket }[];
  active(): { socket?: HttpSocket }[];
}

interface StreamHandle {
  writeQueueSize?: number;
}

const connectionsList = (server: net.Server) => bySymbol<ConnectionsList>(server, 'http.server.connections');

/**
 * The sockets on which the first bytes of an HTTP/1 message have come, and not yet its last, and those that have sent
 * nothing at all yet. Without Node's list, which a server that never listened does not have either: undefined, and
 * whoever has sent something is taken for one that is half through, until it is silent.
 */
export function receivingSockets(server: net.Server): Set<net.Socket> | undefined {
  const active = connectionsList(server)?.active?.();
  return active && new Set(active.flatMap(({ socket }) => (socket ? [socket] : [])));
}

/** Bytes handed to a socket that the kernel has not taken yet. Without it: none, and only what comes is progress. */
export function unsentBytes(socket: HttpSocket): number {
  const handle = socket._handle;
  return (handle?._parent ?? handle)?.writeQueueSize ?? 0;
}

/**
 * Reads a socket again that Node's HTTP/1 has stopped while a body waited for its reader: it had the parser read, and the
 * socket's `resume()` alone does not begin again. On what is no socket of Node's, that does.
 */
export function readOn(socket: HttpSocket): void {
  socket.resume();
  if (socket instanceof net.Socket && socket._handle) socket._read(0);
}

/** The TLS socket around each raw one, as far as a walk through the heap has found it. */
const foundTls = new WeakMap<net.Socket, HttpSocket>();

/**
 * The sockets that a server had before we saw it, those too that it was given by hand. Without Node's lists: none, and
 * connections are found at their next request. So are those that are in no list: streams that are no sockets of Node's,
 * and TLS around a socket that came from another process.
 *
 * @param mayHave - may it have been given this socket, which another server accepted, and which has TLS around it? Where
 * nothing else tells, the heap is walked, which stops the process for some 0.1 to 0.7 s.
 */
export function openSockets(server: net.Server, mayHave: (socket: net.Socket) => boolean): Set<HttpSocket> {
  const sockets = activeHandles().filter((handle): handle is HttpSocket => handle instanceof net.Socket);
  const accepted = new Set(sockets.filter((socket) => isGivenTo(server, socket)));
  const parsed = (connectionsList(server)?.all?.() ?? []).flatMap(({ socket }) => (socket ? [socket] : []));
  const secured = new Map(parsed.map((socket) => [socket._parent, socket]));
  if (isTlsServer(server)) {
    // HTTP/2 and upgraded sockets over TLS are in no list; only the heap has the way up from a raw socket to its TLS.
    const isMissing = (socket: HttpSocket) =>
      accepted.has(socket) ? !secured.has(socket) : isSecuredByHand(socket) && mayHave(socket);
    if (sockets.some((socket) => isMissing(socket) && !foundTls.has(socket))) walkForTls();
    for (const raw of sockets) {
      const socket = foundTls.get(raw);
      if (socket?.server === server) accepted.add(raw);
      if (socket && socket._secureEstablished !== false) secured.set(raw, socket);
    }
  }
  return new Set([...parsed, ...[...accepted].map((socket) => secured.get(socket) ?? socket)]);
}

function walkForTls(): void {
  for (const socket of instancesOf<HttpSocket>(loadTls().TLSSocket)) {
    if (socket._parent) foundTls.set(socket._parent, socket);
  }
}

/** HTTP/1 writes on a socket whose it is; HTTP/2 on the session. */
function isGivenTo(server: net.Server, socket: HttpSocket): boolean {
  if ((socket.server ?? socket._server) === server) return true;
  const session = server instanceof http.Server ? undefined : sessionOf(socket);
  return session !== undefined && bySymbol(session, 'server') === server;
}

/**
 * Has a TLS socket been put around it, that a server accepted which speaks no TLS? (Node takes its handle's `reading` over
 * then.) A client's TLS around a socket, of a database driver say, is no reason to walk the heap.
 */
function isSecuredByHand({ _handle, _server }: HttpSocket): boolean {
  const reading = _handle && Object.getOwnPropertyDescriptor(_handle, 'reading');
  return reading?.get !== undefined && _server instanceof net.Server && !isTlsServer(_server);
}

/** The servers of this process that listen. Without Node's list: none. */
export function listeningServers(): net.Server[] {
  return activeHandles().filter((handle) => handle instanceof net.Server && handle.listening) as net.Server[];
}

/** Sockets that were destroyed while something that was written to them had not left yet. */
const cut = new WeakSet<net.Socket>();

/**
 * Has it failed, or was it destroyed, before all that was written to it had left? Node 20 and 22 tell of the end of an
 * answer then as if it had. Known of sockets that a {@link closeListener} is on, and of what is no stream of Node's: no.
 */
export const wasCut = (socket: net.Socket): boolean =>
  cut.has(socket) || (!socket.destroyed && Boolean(socket.errored)); // of a write, which is told before the socket is destroyed

type Destroy = (this: net.Socket, error: Error | null, callback: (error?: Error | null) => void) => void;

/**
 * Returns a function that makes sockets call `onClose`, with themselves as `this`, when they have closed. The 'close'
 * listener is added only once a socket is being destroyed: Node adds and removes one of its own for each answer, and
 * with ours that list would grow to 20 places and keep them, some 200 bytes a connection.
 * On what is no stream of Node's, or has a `_destroy()` of its own, the listener is there from the beginning.
 */
export function closeListener(onClose: (this: net.Socket) => void): (socket: net.Socket) => void {
  const destroy: Destroy = function (error, callback) {
    this.on('close', onClose);
    if (this.writableLength > 0) cut.add(this);
    (Object.getPrototypeOf(this) as net.Socket)._destroy.call(this, error, callback);
  };
  return (socket) => {
    const shared = socket instanceof Duplex && !Object.hasOwn(socket, '_destroy') && !socket.destroyed;
    if (shared) socket._destroy = destroy;
    else socket.on('close', onClose);
  };
}

/** The raw socket beneath a TLS socket. Without it: that of `candidates` which has the same peer. */
export function rawSocketOf(socket: HttpSocket, candidates: Iterable<net.Socket>): net.Socket | undefined {
  const known = unwrapped(socket._parent ?? socket._handle?._parentWrap);
  if (known) return known;
  const { remoteAddress, remotePort } = socket;
  if (remotePort === undefined) return undefined;
  return [...candidates].find((raw) => raw.remotePort === remotePort && raw.remoteAddress === remoteAddress);
}

/** Node puts a socket of its own around a stream that is none. */
function unwrapped(socket: (net.Socket & { stream?: unknown }) | undefined): net.Socket | undefined {
  return socket?.stream instanceof Duplex ? (socket.stream as net.Socket) : socket;
}

/** The answer that is being written to an HTTP/1 socket. Without it, one that began before tracking is not seen. */
export const currentResponse = (socket: HttpSocket): ServerResponse | undefined =>
  socket._httpMessage ?? undefined;

/**
 * Is the end of its body told by nothing but the end of the connection (HTTP/1.0, or `Connection: close` without a
 * length; RFC 9112 section 6.3)? Without the text of the head: no.
 */
export function isEndedByClose(response: ServerResponse): boolean {
  const head = (response as { _header?: string | null })._header;
  return head ? !response.chunkedEncoding && !/^content-length:/im.test(head) : false;
}

/** Destroys it with a reset, which Node can do over TCP alone: not to TLS, whose client is not told of a clean end. */
export function resetSocket(socket: net.Socket): void {
  if (!isTlsSocket(socket)) socket.resetAndDestroy?.();
}

/**
 * Has the head of an answer gone out? It is written together with the beginning of the body, and may be made before.
 * Without the field: it counts as gone out once it is made.
 */
export const isHeadOut = (response: ServerResponse): boolean =>
  (response as { _headerSent?: boolean })._headerSent ?? response.headersSent;

/**
 * The request that came last on an HTTP/1 socket: where it is not that of the answer being written, others wait behind
 * it. Without it, requests that were pipelined before tracking are cut once the answer before them has said close.
 */
export const lastRequest = (socket: HttpSocket): IncomingMessage | undefined =>
  socket.parser?.incoming ?? undefined;

/** The HTTP/2 session of a socket. Without it, a session older than tracking is found at its next stream. */
export function sessionOf(socket: net.Socket): ServerHttp2Session | undefined {
  // Not by symbol: Node's own is undefined there, so that the key is the string "undefined".
  const values = Object.values(socket) as unknown[];
  return values.find(
    (value): value is ServerHttp2Session => typeof (value as ServerHttp2Session)?.goaway === 'function',
  );
}

/** The streams that a session has open. Without them: those older than tracking are waited for, but have no name. */
export function streamsOf(session: ServerHttp2Session): ServerHttp2Stream[] {
  const state = bySymbol<{ streams?: Map<number, ServerHttp2Stream> }>(session, 'state');
  return [...(state?.streams?.values() ?? [])];
}

/**
 * The socket of an HTTP/2 session; `session.socket` is a proxy that cannot be destroyed. Without it: the connection that
 * came last, while Node announces both; a session that is older than tracking is not seen then.
 */
export const socketOf = (session: ServerHttp2Session): net.Socket | undefined =>
  unwrapped(bySymbol(session, 'socket'));

/** Does it keep the process alive? Without its handle: taken for yes. */
export const isReferenced = (worker: Worker): boolean =>
  bySymbol<{ hasRef?(): boolean }>(worker, 'kHandle')?.hasRef?.() ?? true;

/**
 * Has an upgrade or CONNECT taken this HTTP/1 socket over from Node's parser? Without the field: it is in Node's list no
 * more. Without that, too, it is taken for one that is not, and closed once it is silent.
 */
export function isUpgraded(socket: HttpSocket, server: net.Server): boolean {
  if (socket.parser !== undefined) return socket.parser === null;
  const all = connectionsList(server)?.all?.();
  return all !== undefined && bytesKnown(socket) && !all.some((connection) => connection.socket === socket);
}

const bytesKnown = (socket: net.Socket): boolean => socket.bytesRead > 0;

/**
 * Was it handed on to another process (Node documentation, `subprocess.send(message, socket)`)? Node takes its handle away
 * then, and tells nobody: it is not destroyed, and never closes.
 */
export const isHandedOn = (socket: HttpSocket): boolean =>
  socket._handle === null && socket instanceof net.Socket && !socket.destroyed && !socket.connecting;

/**
 * Does `listen()` with these options go on once it has returned? A host's name is looked up then, and a worker of a
 * cluster asks the primary. Options that make it throw: no.
 */
export function listensLater({ exclusive, fd, host, path, port, signal }: ListenOptions): boolean {
  const isPort = port === undefined || port === null || (Number(port) >= 0 && Number(port) < 2 ** 16);
  if (!isPort || (signal !== undefined && !(signal instanceof AbortSignal))) return false;
  return (cluster.isWorker && !exclusive) || (fd === undefined && path === undefined && host !== undefined);
}

export interface ListenOptions extends net.ListenOptions {
  fd?: number;
}

/**
 * Those who subscribed to a channel, to be called one by one: what one throws in `publish()`, Node throws at the
 * process, as an uncaught exception. Without the list: that.
 */
export function subscribersOf(channel: Channel): ((message: unknown, name: string) => void)[] {
  if (!channel.hasSubscribers) return [];
  const { _subscribers } = channel as { _subscribers?: unknown };
  return Array.isArray(_subscribers) ? [..._subscribers] : [(message) => channel.publish(message)];
}

/**
 * Ends the interval in which an HTTP/1 server checks its timeouts: `http.Server.close()` does it, too early.
 * Without it: the interval does not hold the process, but the server's memory.
 */
export function stopTimeoutChecks(server: net.Server): void {
  clearTimeout(bySymbol<Timer>(server, 'http.server.connectionsCheckingInterval'));
}
