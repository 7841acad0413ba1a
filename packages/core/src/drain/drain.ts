import type { Server } from 'node:net';
import type { ConnectionState } from '../traffic/connection.js';
import type { RequestInfo } from '../traffic/exchange.js';
import type { RequestCounts } from '../traffic/ledger.js';
import type { BackgroundWork } from './background.js';
import { misuse } from './errors.js';
import type { HookFunction } from './hooks.js';
import type { ResponseLike } from './leaving.js';
import type { DrainLogger, DrainOptions } from './options.js';
import type { Phase } from './phase.js';
import type { DrainReport } from './report.js';
import type { WebSocketOptions, WebSocketServerLike } from './websockets.js';

export interface TrackOptions {
  /** Keeps answering until everything else is closed: an admin or health port. Its requests are not counted. */
  probe?: boolean | undefined;
  /** A name for log lines, snapshot and report. */
  name?: string | undefined;
}

/** What an adapter says of the application that it makes a part of a drain. */
export interface PartOptions {
  /** Options of its own, where it is drained by itself, on top of those of the whole. */
  options?: DrainOptions | undefined;
  /** Closes the application: the last of its afterDrain hooks. */
  close: { readonly name: string; readonly fn: HookFunction };
  /** Is this one of its servers? Asked of those that begin to listen. */
  accept(server: Server): boolean;
}

/**
 * What a readiness probe says: `'starting'` and `'unready'` by `setReady(false)`, before `setReady()` was called and
 * after; `'draining'` from the lame duck on.
 */
export type Readiness = 'starting' | 'ready' | 'unready' | 'draining';

/** A copy of all counts of a drain, taken by `drain.snapshot()`. Plain data. */
export interface DrainSnapshot {
  phase: Phase;
  ready: boolean;
  inFlight: number;
  /** Milliseconds since `shutdown()` was called, until it was over; null while serving. */
  durationMs: number | null;
  /** Milliseconds until the deadline; null while serving and once closed. */
  leftMs: number | null;
  /** What the whole drain has, in milliseconds: the option `deadlineMs`. */
  deadlineMs: number;
  /** How it ended, or will: `'forced'` from the beginning of forcing on; null until then, or until it has closed. */
  outcome: 'drained' | 'forced' | null;
  /** Each request in flight, oldest first. */
  requests: RequestInfo[];
  /** Open connections by state; those of probe servers are not among them. */
  connections: Record<ConnectionState, number> & { open: number };
  /** Each connection that an upgrade or CONNECT has taken over, oldest first: a WebSocket is one. */
  upgraded: RequestInfo[];
  /** Background work that has not settled. */
  background: BackgroundWork[];
  /** Hooks that have not settled, those that have not been started included. */
  hooks: string[];
  /** Requests so far, counted from the call of `shutdown()` on. */
  totals: RequestCounts;
  servers: { name: string | undefined; address: string; connections: number; probe: boolean }[];
}

/** A tracker of servers, requests and background work that can be drained, once. */
export interface Drain {
  /** See {@link Phase}. */
  readonly phase: Phase;
  /** Does it serve, and does nobody say that it is not ready: what a readiness probe answers, its own checks aside. */
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly readiness: Readiness;
  /** Requests in flight and background work; health probes are not counted. */
  readonly inFlight: number;
  /** Aborts when draining begins. For a response there is {@link onDrain}, which leaves no listener behind. Not at the lame duck, when a client that reconnects would land here again. */
  readonly signal: AbortSignal;
  /** Aborts when forcing begins, one loop turn before the sockets are destroyed. */
  readonly forceSignal: AbortSignal;
  /** The error of a server that failed to listen, until it listens, or another one with the same handler does. */
  readonly listenError: Error | undefined;
  /**
   * Does the program drain by itself: has it called `track()` or `discover()`? For `register`, which then leaves the
   * signals to it.
   */
  readonly claimed: boolean;
  /** The logger that it was given, if any. */
  readonly logger: DrainLogger | undefined;
  /** What it is a part of, if it is one. */
  readonly parent?: Drain | undefined;

  /**
   * Tracks an http, https, http2 or http2-secure server, before or after it listens, and the connections that it
   * has already. Tracked again, or found by {@link Drain.discover} before, it has the `probe` and the `name` that were
   * said of it last; what is not said stays as it is. A server that has closed is not kept in memory; it is tracked
   * still if it listens again.
   *
   * @throws TypeError for anything else
   */
  track(server: Server, options?: TrackOptions): void;

  /**
   * Tracks the servers of this process that begin to listen from now on: those for which `accept` returns true; without
   * it those that no other drain has or knows for its own. Those that the option `ignore` names are left alone. Ends
   * with the drain, or when nobody has the drain any more. The adapters call it.
   *
   * @returns a function that hands it a server found in another way
   */
  discover(accept?: (server: Server) => boolean): (server: Server) => void;

  /**
   * For adapters: makes an application a part of this drain, with a drain of its own. `shutdown()` of the whole drains
   * its parts with it; its counts, snapshot and report are theirs too. `shutdown()` of a part drains that part alone, so
   * that it leaves the whole; but once a signal has come to the whole, or its `shutdown()` was called, it begins the
   * whole. A part has the deadline of the whole where they end together, and its own where it ends alone.
   *
   * The hooks of a part run before those of the whole. A server of the part that begins to listen once the part has
   * closed is closed at once.
   */
  part(options: PartOptions): Drain;

  /**
   * Says that the application is ready, or that it is not (yet, or any more) although it serves. Without it, it is ready
   * as long as it serves. What is said of a part is said of the whole.
   */
  setReady(ready?: boolean): void;

  /**
   * Options on top of those that the drain has. Once `shutdown()` has been called its times stay as they are.
   *
   * @throws TypeError for bad options
   */
  configure(options: DrainOptions): void;

  /**
   * Drains: lame duck, draining, hooks. Resolves once every listener and socket is closed and every hook has run, at
   * the latest at the deadline. It starts once; every call returns the same promise. It never rejects, and never throws:
   * options that cannot be used, or do not fit together, are adjusted or ignored, warned of, and named in the report.
   * Give them to `createDrain()`, `drain()`, or the plugin to have them checked at the start.
   *
   * It is a listener for signals, too: `process.on('SIGTERM', shutdown)`.
   */
  shutdown(options?: DrainOptions | NodeJS.Signals): Promise<DrainReport>;

  /**
   * For adapters: `shutdown()` for a `close()` of the application. Where the whole of a part has begun, it waits for
   * that; called in a hook it does not wait for what waits for that hook.
   */
  close(): Promise<void>;

  /**
   * For `register`: tracks a server of a program that does not drain by itself. Returns false for one that is no HTTP
   * server, or that the option `ignore` names.
   *
   * @param options - what its environment says of it
   */
  attend(server: Server, options?: TrackOptions): boolean;

  /**
   * For `register`: resolves as soon as draining waits for upgraded sockets alone (WebSockets, CONNECT), or for nothing.
   * Without hooks to come, whoever ends the process from then on loses nothing that is to be told of.
   */
  untilUpgraded(): Promise<void>;

  /**
   * Goes to forcing now: destroys what is left. Begins the shutdown if nobody has.
   *
   * @param reason - why, for one warning that says so
   */
  force(reason?: string): void;

  /**
   * For `untilSignal()`: the primary of a cluster takes this worker's shared listening sockets away, by `close()` of
   * their servers. They are closed with care before.
   */
  leaveCluster(): void;

  /**
   * The drain is about to begin: its parts are not drained alone any more. Tells on stderr from now on if somebody else
   * ends the process before the drain has closed: what is lost, and who called. What the owner of a server closes from now
   * on closes its listening socket, and cuts no answer. `untilSignal()` calls it at the signal, and `shutdown()` does.
   */
  watchExit(): void;

  /** A copy of all counts. */
  snapshot(): DrainSnapshot;

  /**
   * Background work, which counts as in flight until it settles. A rejection is logged (without a logger: a process
   * warning), and otherwise the caller's. A function is called at once, like a hook: `shutdown()` in it does not wait for
   * what waits for it.
   *
   * @throws TypeError if it is no promise, and no function
   */
  waitUntil(work: PromiseLike<unknown> | HookFunction, name?: string): void;

  /**
   * A hook that runs as soon as readiness is false: stop consuming jobs here. In order, each awaited. The lame duck
   * waits for them up to a quarter of the deadline, draining up to the deadline. Returns a function that takes it back.
   */
  beforeDrain(name: string, fn: HookFunction): () => void;

  /**
   * A hook that runs once the last connection is closed, also when forced: close the database here. Newest first,
   * each awaited. Returns a function that takes it back.
   */
  afterDrain(name: string, fn: HookFunction): () => void;

  /**
   * Ends a response when draining begins, or has begun: an event stream, a long poll, an upgraded socket. Once it has
   * closed nothing of it is kept. Takes Node's response, or Fastify's reply. Returns a function that takes it back.
   *
   * @param fn - what to do. Default `response.end()`
   * @throws TypeError for what is no response
   */
  onDrain(response: ResponseLike | { readonly raw: ResponseLike }, fn?: () => unknown): () => void;

  /**
   * A `ws` server: when draining begins its clients get a close frame; those left at the deadline are terminated.
   * Tracked again, it has the options that were given last.
   *
   * @throws TypeError for anything else, or bad options
   */
  trackWebSockets(wss: WebSocketServerLike, options?: WebSocketOptions): void;

  /** Takes a health probe, named by its response, out of the count of requests. The adapters call it. */
  discount(response: object): void;

  /** Health probes are answered at these paths: `lateRequests: 'reject'` lets them through. The adapters call it. */
  answersProbesAt(paths: Iterable<string>): void;
}

/** For adapters. @throws TypeError for what is no drain, be it of this copy of the package or of another */
export function checkDrain(drain: Drain): void {
  const is = typeof drain?.shutdown === 'function' && typeof drain.track === 'function';
  if (!is) throw misuse('drain', 'a drain, from createDrain()', drain);
}
