import { now } from '../node/clock.js';
import { type Deferred, deferred, turn } from '../node/turn.js';
import type { TrackedServer } from '../traffic/tracked-server.js';
import type { DrainState } from './drain-state.js';
import { lameDuck } from './lame-duck.js';
import { makeReport } from './make-report.js';
import { cleanupReserve } from './options.js';
import type { DrainReport } from './report.js';
import { stopAccepting } from './settle.js';

/** Kept before the deadline for destroying what is left, at most a twentieth of it. */
const FORCING_MS = 100;
/** Kept before the deadline for timers that fire late, at most a fortieth of it. */
const SLACK_MS = 50;
/** Loop turns within which destroyed sockets have closed. */
const TURNS_TO_CLOSE = 10;

/**
 * One run through the phases.
 *
 * 1. `report` resolves once, after everything is closed, and never rejects.
 * 2. Whatever is waited for ends at `clock.endAt` at the latest; forcing begins before, so that it can be seen through.
 * 3. There is one way to wait, `#until()`: progress ends it, or its time.
 */
export class Shutdown {
  readonly report: Promise<DrainReport>;
  readonly #state: DrainState;
  readonly #onClosed: () => void;
  readonly #result: Deferred<DrainReport> = deferred();
  #forceAt = 0;
  #forceTimer: NodeJS.Timeout | undefined;
  /** Once forcing has begun: everything is destroyed, and has closed. */
  #destroyed: Promise<void> | undefined;

  /** @param onClosed - takes off what is on servers and the process, before the report is told of */
  constructor(state: DrainState, onClosed: () => void) {
    this.#state = state;
    this.#onClosed = onClosed;
    this.report = this.#result.promise;
  }

  get untilForcingMs(): number {
    return Math.max(0, this.#forceAt - now());
  }

  begin(): void {
    const { clock, ledger, observer, options, servers } = this.#state;
    clock.endAt = now() + options.deadlineMs - Math.min(SLACK_MS, options.deadlineMs / 40);
    ledger.start(servers.openConnections);
    this.#state.enter('lame-duck');
    this.keepTimeForHooks();
    void this.#run().then((report) => {
      this.#onClosed();
      observer.onReport(report);
      this.#result.resolve(report);
    });
  }

  /** Sets the time of forcing, so that the hooks that there are now have their time after it. */
  keepTimeForHooks(): void {
    const { after, clock, options, phase } = this.#state;
    if (phase !== 'lame-duck' && phase !== 'draining') return;
    const forAfter = after.size > 0 ? cleanupReserve(options) : 0;
    this.#forceAt = clock.endAt - forAfter - Math.min(FORCING_MS, options.deadlineMs / 20);
    clearTimeout(this.#forceTimer);
    this.#forceTimer = setTimeout(() => this.force(), this.untilForcingMs);
  }

  force(): void {
    const { clock, draining, forcing, options, progress, servers } = this.#state;
    if (!this.#state.enter('forcing')) return;
    clearTimeout(this.#forceTimer);
    // What is left of the hooks gets no more time than is kept for them.
    clock.endAt = Math.min(clock.endAt, now() + cleanupReserve(options) + FORCING_MS);
    draining.abort();
    for (const server of servers.main) server.stopListening();
    forcing.abort();
    this.#destroyed = this.#destroyAll();
    progress.made();
  }

  async #destroyAll(): Promise<void> {
    const { progress, servers, webSockets } = this.#state;
    await turn();
    for (const closing of webSockets.values()) closing.terminate();
    for (const server of servers.main) server.force();
    await this.#seeClosed(() => servers.main);
    progress.made();
  }

  /** A destroyed socket is closed a loop turn later, or two: that is waited for, whatever the time is. */
  async #seeClosed(left: () => readonly TrackedServer[]): Promise<void> {
    for (let turns = 0; turns < TURNS_TO_CLOSE && left().length > 0; turns++) await turn();
  }

  async #run(): Promise<DrainReport> {
    const state = this.#state;
    const untilDraining = this.#lameDuck();
    if (untilDraining) await untilDraining;
    if (state.enter('draining')) await this.#beginDraining();
    await this.#untilOrForce(() => this.#mainIsClosed());
    clearTimeout(this.#forceTimer);
    await this.#runAfterHooks();
    await this.#closeProbes();
    await this.#waitForLateWork();
    for (const closing of state.webSockets.values()) closing.release();
    const background = state.background.giveUp();
    state.enter('closed');
    return makeReport(state, background);
  }

  /** Returns what to wait for, or undefined if draining can begin in this very tick. */
  #lameDuck(): Promise<unknown> | undefined {
    const { before, forcing, ledger, options, servers } = this.#state;
    servers.announce();
    if (options.lameDuckMs === 0 && before.size === 0) return undefined;
    const duck = lameDuck(options, ledger, () => servers.main, forcing.signal);
    const hooksEndAt = now() + Math.max(options.lameDuckMs, options.deadlineMs / 4);
    const hooks = before.run((settled, share) => {
      return this.#until(() => settled() || forcing.signal.aborted, share, hooksEndAt);
    });
    return Promise.all([duck, hooks]);
  }

  async #beginDraining(): Promise<void> {
    const { draining, forcing, ledger, options, servers, webSockets } = this.#state;
    ledger.drainingHasBegun();
    for (const closing of webSockets.values()) closing.begin(this.untilForcingMs);
    draining.abort();
    await stopAccepting(servers.main, () => !forcing.signal.aborted);
    servers.retire({ refuseLate: options.lateRequests === 'reject' });
  }

  #mainIsClosed(): boolean {
    const { background, before, forcing, servers } = this.#state;
    if (servers.main.length > 0) return false;
    return forcing.signal.aborted || (background.size === 0 && before.unsettled.length === 0);
  }

  async #runAfterHooks(): Promise<void> {
    const { after } = this.#state;
    await after.run((settled, share) => this.#until(settled, share));
    await this.#untilOrForce(() => after.unsettled.length === 0);
  }

  async #closeProbes(): Promise<void> {
    const { clock, servers } = this.#state;
    const probes = servers.probes;
    if (probes.length === 0) return;
    for (const server of probes) server.announce();
    await stopAccepting(probes, () => now() < clock.endAt);
    for (const server of probes) server.retire();
    await this.#until(() => servers.probes.length === 0);
    if (servers.probes.length === 0) return;
    for (const server of servers.probes) server.force();
    await this.#seeClosed(() => servers.probes);
  }

  /** Work that a hook, or a request to a probe server, has begun meanwhile. */
  async #waitForLateWork(): Promise<void> {
    const { background, forcing } = this.#state;
    await this.#untilOrForce(() => background.size === 0 || forcing.signal.aborted);
  }

  /** Waits until `over` holds. Where it does not in time, goes to forcing, and sees everything destroyed. */
  async #untilOrForce(over: () => boolean): Promise<void> {
    await this.#until(over);
    if (!over()) this.force();
    await this.#destroyed;
  }

  /**
   * Waits until `over` holds, at most for a share of the time until `lastAt` or the end, whichever is first. If
   * `force()` brings the end nearer, it is a share of what is left then.
   */
  async #until(over: () => boolean, share = 1, lastAt = Infinity): Promise<void> {
    const { clock, progress } = this.#state;
    let endAt: number | undefined;
    let giveUpAt = 0;
    while (!over()) {
      if (endAt !== clock.endAt) {
        endAt = clock.endAt;
        giveUpAt = now() + (Math.min(endAt, lastAt) - now()) * share;
      }
      if (!(await progress.within(giveUpAt - now()))) return;
    }
  }
}
