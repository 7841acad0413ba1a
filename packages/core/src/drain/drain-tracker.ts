import { setMaxListeners } from 'node:events';
import type { Server } from 'node:net';
import { nextTick } from '../node/timers.js';
import { discoverServers, isHttpServer } from '../traffic/discovery.js';
import { ListenErrors } from '../traffic/listen-errors.js';
import type { TrackedServer } from '../traffic/tracked-server.js';
import type { Drain, DrainSnapshot, TrackOptions } from './drain.js';
import { DrainState } from './drain-state.js';
import { checkNames, misuse } from './errors.js';
import type { HookFunction, Hooks } from './hooks.js';
import type { ResponseLike } from './leaving.js';
import type { DrainObserver } from './observer.js';
import { type DrainLogger, type DrainOptions, resolveOptions } from './options.js';
import type { Phase } from './phase.js';
import type { DrainReport } from './report.js';
import { Shutdown } from './shutdown.js';
import { takeSnapshot } from './snapshot.js';
import { usableOptions } from './usable-options.js';
import { WebSocketClosing, type WebSocketOptions, type WebSocketServerLike } from './websockets.js';

/** As many listeners of a signal at once look like those of responses that have closed: Node warns of more. */
const MANY_LISTENERS = 100;

/** Makes the observer of a drain. */
export type Observe = (drain: Drain, state: () => DrainState) => DrainObserver;

/**
 * The drain as its users see it: it changes what is tracked and the options, and begins the run, which is in
 * {@link Shutdown}. Nothing of ours is on the process or on a server before the first call, nor after 'closed'.
 */
export class DrainTracker implements Drain {
  readonly #state: DrainState;
  readonly #listenErrors = new ListenErrors();
  #shutdown: Shutdown | undefined;
  readonly #endDiscovery: (() => void)[] = [];
  #discoversAll = false;
  #endWatch: (() => void) | undefined;

  constructor(options: DrainOptions | undefined, observe: Observe) {
    this.#state = new DrainState(
      resolveOptions(options),
      observe(this, () => this.#state),
      {
        onListening: (server) => this.#onListening(server),
        onListenError: (server, error) => this.#onListenError(server, error),
      },
    );
    bindMethods(this);
    setMaxListeners(MANY_LISTENERS, this.signal, this.forceSignal);
  }

  get phase(): Phase {
    return this.#state.phase;
  }

  get ready(): boolean {
    return this.phase === 'serving';
  }

  get inFlight(): number {
    return this.#state.inFlight;
  }

  get listenError(): Error | undefined {
    return this.#listenErrors.first;
  }

  get logger(): DrainLogger | undefined {
    return this.#state.options.logger;
  }

  get signal(): AbortSignal {
    return this.#state.draining.signal;
  }

  get forceSignal(): AbortSignal {
    return this.#state.forcing.signal;
  }

  track(server: Server, options: TrackOptions = {}): void {
    if (!isHttpServer(server)) throw misuse('server', 'an http, https or http2 server', server);
    checkNames(options, ['probe', 'name']);
    const { probe, name } = options;
    if (probe !== undefined && typeof probe !== 'boolean') throw misuse('probe', 'true or false', probe);
    if (name !== undefined && typeof name !== 'string') throw misuse('name', 'a string', name);
    if (this.phase === 'closed') return;
    const tracked = this.#state.servers.track(server, { probe, name });
    if (tracked && server.listening) this.#onListening(tracked);
  }

  discover(accept?: (server: Server) => boolean): void {
    if (this.phase === 'closed' || this.#discoversAll) return;
    this.#discoversAll = accept === undefined;
    const end = discoverServers((server) => {
      const { faults, options } = this.#state;
      const accepted = accept === undefined || faults.call('discovery', () => accept(server));
      if (accepted && !faults.call('ignore()', () => options.ignore?.(server))) this.track(server);
    });
    this.#endDiscovery.push(end);
  }

  configure(options: DrainOptions): void {
    this.#state.options = resolveOptions(options, this.#state.options);
  }

  watchExit(): void {
    this.#endWatch ??= this.#state.observer.watchExit();
  }

  shutdown(options?: DrainOptions | NodeJS.Signals): Promise<DrainReport> {
    return (this.#shutdown ?? this.#begin(options)).report;
  }

  #begin(options: unknown): Shutdown {
    const state = this.#state;
    const { after, faults } = state;
    const usable = faults.call('options', () => usableOptions(options, state.options, after.size > 0));
    if (usable) state.options = usable.options;
    faults.call('the watch for exits', () => this.watchExit());
    // There before it begins: who hears of that may call shutdown() again.
    const shutdown = new Shutdown(state, () => {
      for (const end of this.#endDiscovery) end();
      state.servers.release();
      this.#endWatch?.();
    });
    this.#shutdown = shutdown;
    shutdown.begin();
    for (const warning of usable?.warnings ?? []) state.warn({ options: true }, warning);
    return shutdown;
  }

  force(): void {
    if (!this.#shutdown) void this.shutdown();
    this.#shutdown?.force();
  }

  snapshot(): DrainSnapshot {
    return takeSnapshot(this.#state);
  }

  waitUntil(promise: PromiseLike<unknown>, name = 'background work'): void {
    if (typeof promise?.then !== 'function') throw misuse('promise', 'a promise', promise);
    if (typeof name !== 'string') throw misuse('name', 'a string', name);
    this.#state.background.add(promise, name);
  }

  beforeDrain(name: string, fn: HookFunction): () => void {
    return this.#addHook(this.#state.before, name, fn, this.phase !== 'serving');
  }

  afterDrain(name: string, fn: HookFunction): () => void {
    const remove = this.#addHook(this.#state.after, name, fn, this.phase === 'closed');
    this.#shutdown?.keepTimeForHooks();
    return remove;
  }

  onDrain(response: ResponseLike | { readonly raw: ResponseLike }, fn?: () => unknown): () => void {
    return this.#state.leaving.add(response, fn);
  }

  trackWebSockets(wss: WebSocketServerLike, options?: WebSocketOptions): void {
    const { faults, webSockets } = this.#state;
    const closing = new WebSocketClosing(wss, faults, options);
    const earlier = webSockets.get(wss);
    if (earlier) earlier.release();
    else wss.on('close', () => webSockets.delete(wss));
    webSockets.set(wss, closing);
    if (this.signal.aborted) closing.begin(this.#shutdown?.untilForcingMs ?? 0);
  }

  discount(response: object): void {
    const answer = (response as { stream?: object }).stream ?? response;
    const { ledger } = this.#state;
    for (const exchange of ledger.inFlight) {
      if (exchange.answer === answer) ledger.discount(exchange);
    }
  }

  #addHook(hooks: Hooks, name: string, fn: HookFunction, late: boolean): () => void {
    if (typeof name !== 'string' || name === '') throw misuse('name', 'a name for the hook', name);
    if (typeof fn !== 'function') throw misuse('fn', 'a function', fn);
    if (!late) return hooks.add(name, fn);
    this.#state.warn(
      { hook: name },
      `the ${hooks.stage} hook ${name} comes too late: the drain is ${this.phase}`,
    );
    return () => {};
  }

  #onListening(server: TrackedServer): void {
    this.#listenErrors.listening(server.server);
    // Serving, it is welcome; once closed, it is none of ours.
    if (this.ready || this.phase === 'closed') return;
    const late = { name: server.name, address: server.address };
    this.#state.lateServers.push(late);
    // After the owner's own 'listening' callback, which may ask for the address.
    nextTick(() => {
      server.retire();
      server.stopListening();
    });
    this.#state.observer.onLateServer(late);
  }

  #onListenError({ server }: TrackedServer, error: Error): void {
    this.#listenErrors.failed(server, error);
    // Whoever takes it answers for it; without an 'error' listener, Node would throw it.
    const take = () => server.once('error', () => {});
    this.#state.observer.onListenError(error, take);
  }
}

/** So that a method taken off its drain works, as in `const { snapshot } = processDrain`. */
function bindMethods(drain: DrainTracker): void {
  const members = Object.entries(Object.getOwnPropertyDescriptors(DrainTracker.prototype));
  for (const [name, { value }] of members) {
    if (name !== 'constructor' && typeof value === 'function') {
      Object.defineProperty(drain, name, { value: value.bind(drain), configurable: true, writable: true });
    }
  }
}
