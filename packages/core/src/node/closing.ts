/** What Node's servers do on `close()` besides closing their listening socket. */
import http from 'node:http';
import net from 'node:net';
import { symbolOf } from './by-symbol.js';
import { shadow } from './shadow.js';
import { loadHttps, loadTls, looksLikeTlsServer } from './tls.js';

/** Is it one of Node's own classes of servers? Node does not export those of HTTP/2, which have this beside their close(). */
function isNodes(prototype: object): boolean {
  if (Object.hasOwn(prototype, 'updateSettings')) return true;
  const modules = looksLikeTlsServer(prototype) ? [loadHttps(), loadTls()] : [http, net];
  return modules.some(({ Server }) => Server.prototype === prototype);
}

/** Whose own property it is that a server has under this name. */
function holderOf(server: net.Server, key: PropertyKey): object | undefined {
  let holder: object | null = server;
  while (holder && !Object.hasOwn(holder, key)) holder = Object.getPrototypeOf(holder);
  return holder ?? undefined;
}

/** The `close()` that somebody else has put on a server, or on a class of theirs. Node's own: undefined. */
export function closeOfOthers(server: net.Server): net.Server['close'] | undefined {
  const holder = holderOf(server, 'close');
  return holder && holder !== server && isNodes(holder) ? undefined : server.close;
}

/** Puts a `close()` of ours before that of a server. Dispose of Node's HTTP/2 servers, which goes past it, comes to it, too. */
export function shadowClose(server: net.Server, make: Parameters<typeof shadow>[2]): () => void {
  const undo = [shadow(server, 'close', make)];
  const disposes = holderOf(server, Symbol.asyncDispose);
  if (disposes && Object.hasOwn(disposes, 'updateSettings')) {
    undo.push(shadow(server, Symbol.asyncDispose, () => () => closed(server)));
  }
  return () => {
    for (const end of undo) end();
  };
}

function closed(server: net.Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Holds off what `http.Server.close()` and, from Node 24 on, that of HTTP/2 servers do besides: it cuts answers that are
 * still being flushed, switches the header and request timeouts off, and tells sessions of which not all is read. Without
 * the fields that it uses: those things happen. Returns a function that ends it.
 *
 * @param onClosed - called where it is Node's `http.Server.close()` that has been called
 */
export function holdOffClose(server: net.Server, onClosed = () => {}): () => void {
  const undo = [
    'closeIdleConnections' in server
      ? shadow(server as http.Server, 'closeIdleConnections', () => onClosed)
      : () => {},
    hide(server, 'http.server.connectionsCheckingInterval', undefined),
    hide(server, 'sessions', new Set()),
  ];
  return () => {
    for (const end of undo) end();
  };
}

/** Takes the place of Node's `closeIdleConnections()` on a server: that of others, and where there is none, stays. */
export function replaceCloseIdle(server: net.Server, closeIdle: () => void): () => void {
  const { closeIdleConnections } = server as Partial<http.Server>;
  if (closeIdleConnections !== http.Server.prototype.closeIdleConnections) return () => {};
  return shadow(server as http.Server, 'closeIdleConnections', () => closeIdle);
}

function hide(server: object, description: string, substitute: unknown): () => void {
  const symbol = symbolOf(server, description);
  if (!symbol) return () => {};
  const fields = server as Record<symbol, unknown>;
  const real = fields[symbol];
  fields[symbol] = substitute;
  return () => {
    if (fields[symbol] === substitute) fields[symbol] = real;
  };
}

/**
 * Closes the listening socket of a server, and leaves the rest of its `close()` to somebody who does that in his own
 * time: nobody is accepted meanwhile. Without Node's handle: false.
 */
export function closeListeningSocket(server: net.Server): boolean {
  const handle = (server as { _handle?: { close?(): void } | null })._handle;
  if (!handle?.close) return false;
  handle.close();
  return true;
}
