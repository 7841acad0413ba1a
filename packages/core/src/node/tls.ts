import type { Server, Socket } from 'node:net';
import type tls from 'node:tls';
import { bySymbol } from './by-symbol.js';

/** Once: Node looks through all that a module exports each time that it gives it out. */
function lazily<T>(load: () => T): () => T {
  let loaded: T | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

/**
 * Node's TLS, which has all of its cryptography loaded too: whoever has a server of it has it loaded already, and to all
 * others it would be the dearest part of a start with us. So ask for it where there is something that looks like one.
 */
export const loadTls = lazily(() => process.getBuiltinModule('node:tls'));
/** Likewise. */
export const loadHttps = lazily(() => process.getBuiltinModule('node:https'));

/** Has it the methods of a server of TLS? */
export const looksLikeTlsServer = (server: object): boolean => 'setSecureContext' in server;

export const isTlsServer = (server: Server): server is tls.Server =>
  looksLikeTlsServer(server) && server instanceof loadTls().Server;

/** `encrypted` is there to tell them from others (Node documentation, tls.TLSSocket). */
export const isTlsSocket = (socket: Socket): socket is tls.TLSSocket =>
  'encrypted' in socket && socket instanceof loadTls().TLSSocket;

/**
 * Has somebody a hand in its handshakes who may take his time: for a certificate (`SNICallback`), a session, or an OCSP
 * response out of a store? Without the symbol of the first: no.
 */
export const asksInHandshake = (server: Server): boolean =>
  bySymbol(server, 'snicallback') !== undefined ||
  server.listenerCount('resumeSession') > 0 ||
  server.listenerCount('OCSPRequest') > 0;
