import { subscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import net from 'node:net';
import { type ListenOptions, listeningServers, listensLater } from '../node/internals.js';
import { shared } from '../node/shared.js';
import { isTlsServer, loadHttps } from '../node/tls.js';
import { Ownership } from './ownership.js';

/**
 * Published by Node in `net.Server.listen()`: at the call, once the socket listens, and where that fails (in all
 * supported versions; diagnostics_channel).
 */
const LISTEN = 'tracing:net.server.listen';

/** Is it an http, https, http2 or http2-secure server? Node does not export the classes of the last two. */
export function isHttpServer(server: unknown): server is net.Server {
  if (server instanceof http.Server) return true;
  if (!(server instanceof net.Server)) return false;
  if (isTlsServer(server) && server instanceof loadHttps().Server) return true;
  return typeof (server as { updateSettings?: unknown }).updateSettings === 'function';
}

/** The HTTP servers of this process that listen. */
export const listeningHttpServers = (): net.Server[] => listeningServers().filter(isHttpServer);

/**
 * Has code of this vm context made it? Jest gives each test file one; what is left of a drain in one file is nothing to the
 * servers of the next. A server that nobody listens to may be anybody's.
 */
export function isOfThisContext(server: net.Server): boolean {
  const listeners = ['request', 'stream', 'upgrade'].flatMap((event) => server.rawListeners(event));
  return listeners.length === 0 || listeners.some((listener) => listener instanceof Function);
}

/** Somebody who looks for servers. Whoever holds it ends with it: nothing else does. */
export interface Finder {
  /** Is it one of ours? Without it, those are taken that nobody else looks for. */
  readonly accept?: ((server: net.Server) => boolean) | undefined;
  found(server: net.Server): void;
}

/** The HTTP servers of this process as they begin to listen: they are offered to those first who know theirs. */
export class Discovery {
  readonly #finders = new Set<WeakRef<Finder>>();
  readonly #gone = new FinalizationRegistry<WeakRef<Finder>>((ref) => this.#finders.delete(ref));
  /** `listen()` was called, and what came of it is not known yet: a name is looked up, or the cluster's primary asked. */
  readonly #pending = new WeakSet<net.Server>();
  readonly #options = new WeakMap<net.Server, ListenOptions>();

  constructor() {
    subscribe(`${LISTEN}:asyncStart`, (message) => {
      const { server, options } = message as { server: unknown; options: ListenOptions };
      if (!isHttpServer(server)) return;
      this.#options.set(server, options);
      if (listensLater(options)) this.#pending.add(server);
      this.#offer(server);
    });
    const isOver = (message: unknown) => this.isOver((message as { server: net.Server }).server);
    subscribe(`${LISTEN}:asyncEnd`, isOver);
    subscribe(`${LISTEN}:error`, isOver);
  }

  /** Is a call of `listen()` under way? */
  isPending(server: net.Server): boolean {
    return this.#pending.has(server);
  }

  /** How `listen()` was called last, if we were there. */
  optionsOf(server: net.Server): ListenOptions | undefined {
    return this.#options.get(server);
  }

  isOver(server: net.Server): void {
    this.#pending.delete(server);
  }

  /** Calls `finder.found` with each server of its own that begins to listen from now on, as long as somebody holds it. */
  add(finder: Finder): () => void {
    const ref = new WeakRef(finder);
    this.#finders.add(ref);
    this.#gone.register(finder, ref, ref);
    return () => {
      this.#finders.delete(ref);
      this.#gone.unregister(ref);
    };
  }

  #offer(server: net.Server): void {
    const finders = [...this.#finders].flatMap((ref) => ref.deref() ?? []);
    const knowing = finders.filter(({ accept }) => accept?.(server));
    const takers = knowing.length > 0 ? knowing : finders.filter(({ accept }) => !accept);
    for (const finder of takers) finder.found(server);
  }
}

/** One for all copies: each has to know what servers the others' drains have. */
export const { discovery, ownership } = shared('servers', () => ({
  discovery: new Discovery(),
  ownership: new Ownership(),
}));
