import { setMaxListeners } from 'node:events';
import type { Server } from 'node:net';
import { Background } from './background.js';
import { discoverServers, isHttpServer } from './discovery.js';
import type { Drain, DrainSnapshot, TrackOptions } from './drain.js';
import { checkNames, misuse } from './errors.js';
import { watchForExit } from './exit-guard.js';
import { type HookFunction, Hooks } from './hooks.js';
import { Ledger } from './ledger.js';
import { ListenErrors } from './listen-errors.js';
import { publish } from './observability.js';
import { type DrainLogger, type DrainOptions, resolveOptions } from './options.js';
import { type Phase, PhaseClock } from './phase.js';
import type { DrainReport, LateServer } from './report.js';
import { ServerSet } from './server-set.js';
import { Shutdown } from './shutdown.js';
import { takeSnapshot } from './snapshot.js';
import type { TrackedServer } from './tracked-server.js';
import { describeLoss } from './waiting.js';
import { WebSocketClosing, type WebSocketOptions, type WebSocketServerLike } from './websockets.js';

/**
 * The drain: what is tracked, and the phase. How it is shut down is in {@link Shutdown}.
 *
 * 1. The phase only goes forward, and `enter()` alone changes it.
 * 2. What is in flight is what the ledger and the background hold; there is no other count.
 * 3. Nothing of ours is on the process or on a server before the first call, nor after 'closed'.
 */
export class DrainTracker implements Drain {
  readonly clock = new PhaseClock();
  readonly ledger = new Ledger(() => this.options);
  readonly servers: ServerSet;
  readonly background: Background;
  readonly before = new Hooks('beforeDrain', () => this.#shutdown?.progress());
  readonly after = new Hooks('afterDrain', () => this.#shutdown?.progress());
  readonly webSockets = new Map<WebSocketServerLike, WebSocketClosing>();
  readonly lateServers: LateServer[] = [];
  readonly draining = new AbortController();
  readonly forcing = new AbortController();
  options = resolveOptions(undefined);
  readonly #listenErrors = new ListenErrors();
  #shutdown: Shutdown | undefined;
  readonly #endDiscovery: (() => void)[] = [];
  #discoversAll = false;
  #endWatch: (() => void) | undefined;

  constructor(options?: DrainOptions) {
    this.options = resolveOptions(options);
    // Each event stream listens: as many as there are clients is no leak.
    setMaxListeners(0, this.signal, this.forceSignal);
    this.servers = new ServerSet(this.ledger, {
      onProgress: () => this.#shutdown?.progress(),
      onListening: (server) => this.#onListening(server),
      onListenError: (server, error) => this.#onListenError(server, error),
    });
    this.background = new Background(
      () => this.#shutdown?.progress(),
      (name, error) => this.#warn({ background: name, error }, `background work ${name} failed: ${error}`),
    );
  }

  get phase(): Phase {
    return this.clock.current;
  }

  get ready(): boolean {
    return this.phase === 'serving';
  }

  get inFlight(): number {
    return this.ledger.inFlight.size + this.background.size;
  }

  get listenError(): Error | undefined {
    return this.#listenErrors.first;
  }

  get logger(): DrainLogger | undefined {
    return this.options.logger;
  }

  get signal(): AbortSignal {
    return this.draining.signal;
  }

  get forceSignal(): AbortSignal {
    return this.forcing.signal;
  }

  track(server: Server, options: TrackOptions = {}): void {
    if (!isHttpServer(server)) throw misuse('server', 'an http, https or http2 server', server);
    checkNames(options, ['probe', 'name']);
    const { probe = false, name } = options;
    if (typeof probe !== 'boolean') throw misuse('probe', 'true or false', probe);
    if (name !== undefined && typeof name !== 'string') throw misuse('name', 'a string', name);
    if (this.phase === 'closed') return;
    const tracked = this.servers.track(server, probe, name);
    if (tracked && server.listening) this.#onListening(tracked);
  }

  discover(accept?: (server: Server) => boolean): void {
    if (this.phase === 'closed' || this.#discoversAll) return;
    this.#discoversAll = accept === undefined;
    const end = discoverServers((server) => {
      if ((accept?.(server) ?? true) && !this.options.ignore?.(server)) this.track(server);
    });
    this.#endDiscovery.push(end);
  }

  configure(options: DrainOptions): void {
    this.options = resolveOptions(options, this.options);
  }

  watchExit(): void {
    this.#endWatch ??= watchForExit(() => describeLoss(this));
  }

  shutdown(options?: DrainOptions): Promise<DrainReport> {
    const resolved = resolveOptions(options, this.options);
    if (!this.#shutdown) {
      this.options = resolved;
      this.watchExit();
      this.#shutdown = new Shutdown(this, () => {
        for (const end of this.#endDiscovery) end();
        this.servers.release();
        this.#endWatch?.();
      });
      this.#shutdown.begin();
    }
    return this.#shutdown.report;
  }

  force(): void {
    if (!this.#shutdown) void this.shutdown();
    this.#shutdown?.force();
  }

  snapshot(): DrainSnapshot {
    return takeSnapshot(this, this.#shutdown);
  }

  waitUntil(promise: PromiseLike<unknown>, name = 'background work'): void {
    if (typeof promise?.then !== 'function') throw misuse('promise', 'a promise', promise);
    if (typeof name !== 'string') throw misuse('name', 'a string', name);
    this.background.add(promise, name);
  }

  beforeDrain(name: string, fn: HookFunction): () => void {
    return this.#addHook(this.before, name, fn, this.phase !== 'serving');
  }

  afterDrain(name: string, fn: HookFunction): () => void {
    const remove = this.#addHook(this.after, name, fn, this.phase === 'closed');
    this.#shutdown?.keepTimeForHooks();
    return remove;
  }

  trackWebSockets(wss: WebSocketServerLike, options?: WebSocketOptions): void {
    const closing = new WebSocketClosing(wss, options);
    const earlier = this.webSockets.get(wss);
    if (earlier) earlier.release();
    else wss.on('close', () => this.webSockets.delete(wss));
    this.webSockets.set(wss, closing);
    if (this.draining.signal.aborted) closing.begin(this.#shutdown?.untilForcingMs ?? 0);
  }

  discount(response: object): void {
    const answer = (response as { stream?: object }).stream ?? response;
    for (const exchange of this.ledger.inFlight) {
      if (exchange.answer === answer) this.ledger.discount(exchange);
    }
  }

  /** Goes to `phase` and tells of it; false where the table of transitions does not lead there. */
  enter(phase: Phase): boolean {
    const previous = this.phase;
    if (!this.clock.enter(phase)) return false;
    publish('http-drain:phase', { drain: this, phase, previous });
    return true;
  }

  #addHook(hooks: Hooks, name: string, fn: HookFunction, late: boolean): () => void {
    if (typeof name !== 'string' || name === '') throw misuse('name', 'a name for the hook', name);
    if (typeof fn !== 'function') throw misuse('fn', 'a function', fn);
    if (!late) return hooks.add(name, fn);
    this.#warn({ hook: name }, `the ${hooks.stage} hook ${name} comes too late: the drain is ${this.phase}`);
    return () => {};
  }

  #onListening(server: TrackedServer): void {
    this.#listenErrors.listening(server.server);
    // Serving, it is welcome; once closed, it is none of ours.
    if (this.ready || this.phase === 'closed') return;
    const late = { name: server.name, address: server.address };
    this.lateServers.push(late);
    // After the owner's own 'listening' callback, which may ask for the address.
    process.nextTick(() => {
      server.retire();
      server.stopListening();
    });
    publish('http-drain:late-server', { drain: this, address: late.address });
    this.#warn(late, `closed a server that began to listen at ${late.address} while ${this.phase}`);
  }

  #onListenError({ server }: TrackedServer, error: Error): void {
    this.#listenErrors.failed(server, error);
    // Whoever takes it answers for it; without an 'error' listener, Node would throw it.
    const take = () => server.once('error', () => {});
    publish('http-drain:listen-error', { drain: this, error, take });
  }

  #warn(fields: object, message: string): void {
    if (this.options.logger) this.options.logger.warn(fields, message);
    else process.emitWarning(message, { type: 'HttpDrainWarning', code: 'HTTP_DRAIN' });
  }
}
