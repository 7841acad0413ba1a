import { setMaxListeners } from 'node:events';
import type { Server } from 'node:net';
import { isSharedInCluster } from '../node/accept-queue.js';
import { turn } from '../node/turn.js';
import { isHttpServer, ownership } from '../traffic/discovery.js';
import { Claims } from './claims.js';
import { onClosedByOwner } from './closed-by-owner.js';
import type { Drain, DrainSnapshot, PartOptions, Readiness, TrackOptions } from './drain.js';
import { DrainState, type Lead, type Part } from './drain-state.js';
import { misuse } from './errors.js';
import { type HookFunction, type Hooks, hookIsOver, runInside } from './hooks.js';
import { type ResponseLike, serverOf } from './leaving.js';
import { listenErrorOf, onListenError, onListening } from './listening.js';
import { makeReport } from './make-report.js';
import type { DrainObserver } from './observer.js';
import { type DrainLogger, type DrainOptions, resolveOptions, suspicions } from './options.js';
import type { Phase } from './phase.js';
import { isInHook, isLed, waitsForCaller } from './reentry.js';
import type { DrainReport } from './report.js';
import { Shutdown } from './shutdown.js';
import { takeSnapshot } from './snapshot.js';
import { trackWords } from './track-words.js';
import { warnOfUntracked } from './untracked.js';
import { upgradedAlone } from './upgraded-alone.js';
import { isSignalName, usableOptions } from './usable-options.js';
import { WebSocketClosing, type WebSocketOptions, type WebSocketServerLike } from './websockets.js';

/** A hook that has not settled after so many turns of the loop waits for what it has called. */
const TURNS_OF_A_HOOK = 3;

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
  readonly #observe: Observe;
  readonly #claims: Claims;
  readonly #part: Part;
  #shutdown: Shutdown | undefined;
  #claimed = false;
  /** By the name of one, as `process.on('SIGTERM', shutdown)` calls it. */
  #bySignal = false;
  #endWatch: (() => void) | undefined;
  #endHooksWatch: (() => void) | undefined;
  /** A part of it was shut down by itself. */
  #partHasClosed = false;

  constructor(
    options: DrainOptions | undefined,
    observe: Observe,
    readonly parent?: DrainTracker,
  ) {
    const whole = parent ? parent.#state : undefined;
    this.#observe = observe;
    this.#state = new DrainState(
      resolveOptions(options, whole?.options),
      observe(this, () => this.#state),
      {
        onListening: (server) => onListening(this.#state, server),
        onListenError: (server, error) => onListenError(this.#state, server, error),
        onClosedByOwner: (server, what) => void onClosedByOwner(this.#state, server, what),
        onReleased: (server) => ownership.disown(server, this.#claims.owner),
      },
      whole,
    );
    this.#claims = new Claims(this.#state, parent ? parent.#claims : undefined, (server) => {
      this.#configured();
      if (server.server.listening) onListening(this.#state, server);
    });
    this.#part = { state: this.#state, begin: (lead) => this.#beginWith(lead) };
    bindMethods(this);
    this.#warnOf(options ?? {});
    setMaxListeners(MANY_LISTENERS, this.signal, this.forceSignal);
  }

  get phase(): Phase {
    return this.#state.phase;
  }

  get readiness(): Readiness {
    return this.#state.readiness;
  }

  get ready(): boolean {
    return this.readiness === 'ready';
  }

  get inFlight(): number {
    return this.#state.inFlight;
  }

  get listenError(): Error | undefined {
    return listenErrorOf(this.#state);
  }

  get claimed(): boolean {
    return this.#claimed;
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
    const words = trackWords(server, options);
    this.#claimed = true;
    this.#claims.say(server, words);
  }

  attend(server: Server, options?: TrackOptions): boolean {
    if (!isHttpServer(server)) return false;
    this.#claims.found(server);
    if (options) this.#claims.say(server, trackWords(server, options));
    return true;
  }

  discover(accept?: (server: Server) => boolean): (server: Server) => void {
    this.#claimed = true;
    return this.#claims.find(accept);
  }

  configure(options: DrainOptions): void {
    this.#state.options = resolveOptions(options, this.#state.options);
    this.#warnOf(options);
    this.#configured();
  }

  #warnOf(options: DrainOptions): void {
    for (const suspicion of suspicions(options)) {
      this.#state.warnings.add(suspicion);
      this.#state.warn({ options: true }, suspicion);
    }
  }

  #configured(): void {
    this.#state.observer.onConfigured(() => this.#state.options.deadlineMs);
  }

  part({ accept, close, options }: PartOptions): Drain {
    const part = new DrainTracker(options, this.#observe, this);
    part.#state.after.add(close.name, close.fn);
    part.discover(accept);
    this.#claimed = true;
    this.#state.parts.add(part.#part);
    if (this.phase !== 'closed') this.#shutdown?.parts.take(part.#part);
    return part;
  }

  setReady(ready = true): void {
    if (typeof ready !== 'boolean') throw misuse('ready', 'true or false', ready);
    (this.#state.whole ?? this.#state).say(ready);
  }

  watchExit(): void {
    this.#state.expected = true;
    for (const { servers } of this.#state.family) servers.guardClose();
    this.#endWatch ??= this.#state.observer.watchExit();
  }

  shutdown(options?: DrainOptions | NodeJS.Signals): Promise<DrainReport> {
    const report = this.#start(options);
    return waitsForCaller(this.#state) ? Promise.race([report, this.#reportSoFar(report)]) : report;
  }

  #start(options?: unknown): Promise<DrainReport> {
    const { parent } = this;
    if (parent && this.#state.whole?.expected) void parent.#start();
    return (this.#shutdown ?? this.#begin(options)).report;
  }

  /** To a hook that waits for it; one that only calls it settles meanwhile. */
  async #reportSoFar(report: Promise<DrainReport>): Promise<DrainReport> {
    const isOver = hookIsOver();
    for (let turns = 0; turns < TURNS_OF_A_HOOK; turns++) {
      await turn();
      if (isOver() || this.phase === 'closed') return report;
    }
    this.#state.warn({}, 'shutdown() was called in a hook that it waits for: there it resolves at once');
    return { ...makeReport(this.#state), clean: false };
  }

  async close(): Promise<void> {
    const report = this.#start();
    if (waitsForCaller(this.#state)) return;
    const joins = isLed(this.#state) && !isInHook(this.#state);
    await report;
    if (joins) await this.parent?.shutdown();
  }

  #begin(options: unknown): Shutdown {
    const state = this.#state;
    const { faults, family } = state;
    const hasHooks = family.some(({ after }) => after.size > 0);
    const usable = faults.call('options', () => usableOptions(options, state.options, hasHooks));
    if (usable) state.options = usable.options;
    this.#bySignal = isSignalName(options);
    if (state.expected || this.#bySignal) this.#claims.outlive();
    faults.call('the watch for exits', () => this.watchExit());
    const shutdown = this.#run();
    for (const warning of usable?.warnings ?? []) state.warn({ options: true }, warning);
    faults.call('a look at servers', () => warnOfUntracked(state));
    return shutdown;
  }

  /** The whole begins, whose times are the part's then. */
  #beginWith(lead: Lead): Shutdown {
    this.#shutdown?.follow(lead);
    if (this.#shutdown) return this.#shutdown;
    this.#state.options = { ...lead.state.options, logger: this.logger };
    return this.#run(lead);
  }

  #run(lead?: Lead): Shutdown {
    this.#endHooksWatch?.();
    // There before it begins: who hears of that may call shutdown() again.
    this.#shutdown = new Shutdown(this.#state, () => this.#end());
    this.#shutdown.begin(lead);
    return this.#shutdown;
  }

  #end(): void {
    const { parent } = this;
    this.#claims.end();
    this.#endWatch?.();
    if (this.#bySignal) this.#state.observer.watchAfterwards();
    if (parent) parent.#partClosed(this.#part);
  }

  /** By itself: it is a part no more. */
  #partClosed(part: Part): void {
    if (this.#shutdown) return;
    this.#state.parts.delete(part);
    this.#partHasClosed = true;
    this.#watchHooks();
  }

  /** Whoever shuts parts down one by one may have forgotten the hooks of the whole. */
  #watchHooks(): void {
    if (!this.#partHasClosed || this.#shutdown || this.#state.after.size === 0) return;
    this.#endHooksWatch ??= this.#state.observer.watchHooks();
  }

  async untilUpgraded(): Promise<void> {
    await upgradedAlone(this.#state);
    if (this.#state.family.every(({ after }) => after.size === 0)) this.#endWatch?.();
  }

  force(reason?: string): void {
    if (!this.#shutdown) void this.shutdown();
    const { phase } = this;
    this.#shutdown?.force();
    if (typeof reason !== 'string' || this.phase === phase) return;
    this.#state.warn({ reason }, `forced: ${reason}`);
  }

  leaveCluster(): void {
    for (const { servers } of this.#state.family) {
      for (const server of servers.all) if (isSharedInCluster(server.server)) server.stopListening();
    }
  }

  snapshot(): DrainSnapshot {
    return takeSnapshot(this.#state);
  }

  waitUntil(work: PromiseLike<unknown> | HookFunction, name = 'background work'): void {
    const isPromise = typeof (work as PromiseLike<unknown>)?.then === 'function';
    if (!isPromise && typeof work !== 'function') throw misuse('promise', 'a promise', work);
    if (typeof name !== 'string') throw misuse('name', 'a string', name);
    const promise = isPromise ? (work as PromiseLike<unknown>) : runInside(this.#state, work as HookFunction);
    this.#state.background.add(promise, name);
  }

  beforeDrain(name: string, fn: HookFunction): () => void {
    return this.#addHook(this.#state.before, name, fn, this.phase !== 'serving');
  }

  afterDrain(name: string, fn: HookFunction): () => void {
    const remove = this.#addHook(this.#state.after, name, fn, this.phase === 'closed');
    this.#shutdown?.keepTimeForHooks();
    this.#watchHooks();
    return remove;
  }

  onDrain(response: ResponseLike | { readonly raw: ResponseLike }, fn?: () => unknown): () => void {
    const server = serverOf(response);
    // It leaves with the part that it is sent by, though it was handed to the whole.
    const sender = this.#state.family.find(({ servers }) => server !== undefined && servers.has(server));
    return (sender ?? this.#state).leaving.add(response, fn);
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

  answersProbesAt(paths: Iterable<string>): void {
    for (const path of paths) this.#state.probePaths.add(path);
  }

  discount(response: object): void {
    const answer = (response as { stream?: object }).stream ?? response;
    for (const { ledger } of this.#state.family) {
      for (const exchange of ledger.inFlight) {
        if (exchange.answer === answer) ledger.discount(exchange);
      }
    }
  }

  #addHook(hooks: Hooks, name: string, fn: HookFunction, late: boolean): () => void {
    if (typeof name !== 'string' || name === '') throw misuse('name', 'a name for the hook', name);
    if (typeof fn !== 'function') throw misuse('fn', 'a function', fn);
    if (!late) {
      this.#state.whole?.parts.hold(this.#part);
      return hooks.add(name, fn);
    }
    this.#state.warn(
      { hook: name },
      `the ${hooks.stage} hook ${name} comes too late: the drain is ${this.phase}`,
    );
    return () => {};
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
