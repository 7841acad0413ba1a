import { now } from '../node/clock.js';
import { type Deferred, deferred } from '../node/turn.js';
import { closeProbes } from './close-probes.js';
import type { DrainState, Lead, PartRun } from './drain-state.js';
import { STEP } from './faults.js';
import { destroyAll, ForceTimer, forcingMs, seeClosed } from './forcing.js';
import { isUnusedPart, lameDuckOf, tellSessions } from './lame-duck.js';
import { drainedServer, faultsOf, makeReport } from './make-report.js';
import { cleanupReserve, SPREAD_SHARE } from './options.js';
import { PartRuns } from './part-runs.js';
import type { DrainReport } from './report.js';
import { stopAccepting } from './settle.js';
import { until } from './until.js';

/** Kept before the deadline for timers that fire late, at most a fortieth of it. */
const SLACK_MS = 50;

/**
 * One run through the phases.
 *
 * 1. `report` resolves once, after everything is closed, and never rejects.
 * 2. Whatever is waited for ends at `clock.endAt` at the latest; forcing begins before, so that it can be seen through.
 * 3. There is one way to wait, `until()`: progress ends it, or its time.
 * 4. A step that throws is a fault of the report and leads to forcing; those after it still follow.
 *
 * The run of a part goes with that of the whole, where there is one: it begins with it, enters draining and forcing
 * with it, has its deadline, and runs its afterDrain hooks once all of the whole is drained, and before those of the
 * whole. It may have begun earlier, by itself; then it goes on from where it is.
 */
export class Shutdown implements Lead, PartRun {
  readonly report: Promise<DrainReport>;
  readonly state: DrainState;
  readonly parts = new PartRuns(this);
  drained = false;
  closed = false;
  beforeHooks: Promise<unknown> | undefined;
  readonly #onClosed: () => void;
  readonly #result: Deferred<DrainReport> = deferred();
  readonly #forceTimer: ForceTimer;
  /** Once forcing has begun: everything is destroyed, and has closed. */
  #destroyed: Promise<void> | undefined;
  #lead: Lead | undefined;
  readonly #lameDuckOver = new AbortController();
  #draining: Promise<void> | undefined;
  #wholeIsDrained = false;

  /** @param onClosed - takes off what is on servers and the process, before the report is told of */
  constructor(state: DrainState, onClosed: () => void) {
    this.state = state;
    this.#onClosed = onClosed;
    this.#forceTimer = new ForceTimer(state, () => this.force());
    this.report = this.#result.promise;
  }

  get untilForcingMs(): number {
    return this.#lead?.untilForcingMs ?? this.#forceTimer.leftMs;
  }

  get hooksToCome(): number {
    return this.state.after.size;
  }

  begin(lead?: Lead): void {
    const { clock, faults, ledger, options, parts, servers } = this.state;
    clock.endAt = now() + options.deadlineMs - Math.min(SLACK_MS, options.deadlineMs / 40);
    this.state.led = lead !== undefined;
    if (lead) this.follow(lead);
    ledger.start(servers.openConnections);
    servers.probeLedger.start(0);
    this.state.drainedServers = [...servers.all].map(drainedServer);
    this.state.enter('lame-duck');
    for (const part of parts) faults.call(STEP, () => this.parts.take(part));
    if (!lead) this.#forceTimer.set();
    void this.#run()
      .catch((error) => this.state.faults.add(STEP, error))
      .then(() => this.#end());
  }

  /** The whole has begun. */
  follow(lead: Lead): void {
    const { clock } = this.state;
    this.#lead = lead;
    clock.endAt = Math.min(clock.endAt, lead.state.clock.endAt);
  }

  /** Sets the time of forcing, so that the hooks that there are now have their time after it. */
  keepTimeForHooks(): void {
    this.#lead?.keepTimeForHooks();
    if (this.#forceTimer.running) this.#forceTimer.set();
  }

  force(): void {
    const { clock, faults, forcing, options, progress, servers } = this.state;
    if (!this.state.enter('forcing')) return;
    this.#forceTimer.clear();
    // What is left of the hooks gets no more time than is kept for them.
    clock.endAt = Math.min(clock.endAt, now() + cleanupReserve(options) + forcingMs(this.state));
    this.#lameDuckOver.abort();
    this.parts.force();
    this.state.abort();
    this.#stopListening();
    for (const server of servers.pending) faults.call(STEP, () => server.giveUpListening());
    forcing.abort();
    this.#destroyed = destroyAll(this.state);
    progress.made();
  }

  async #run(): Promise<void> {
    const untilDraining = this.state.faults.call(STEP, () => this.#lameDuck());
    if (untilDraining) await this.#step(() => untilDraining);
    await this.#step(() => this.startDraining());
    await this.#step(() => this.#untilOrForce(() => this.#mainIsClosed()));
    this.#forceTimer.clear();
    await this.#step(() => this.#closeParts());
    await this.#step(() => this.#runAfterHooks());
    await this.#step(() => closeProbes(this.state, () => this.force()));
    await this.#step(() => this.#waitForLateWork());
    await this.#step(() => this.#closeLateServers());
  }

  async #step(step: () => unknown): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.state.faults.add(STEP, error);
      this.force();
      await this.#destroyed;
    }
  }

  #end(): void {
    const state = this.state;
    for (const closing of state.webSockets.values()) closing.release();
    state.background.giveUp();
    this.#endListening();
    state.enter('closed');
    state.faults.call(STEP, this.#onClosed);
    const report = makeReport(state);
    state.observer.onReport(report);
    report.faults = faultsOf(state); // those of whoever was just told, too
    report.clean &&= report.faults.length === 0;
    this.#result.resolve(report);
    this.closed = true;
    state.progress.made();
  }

  /** Servers that began to listen when the others were closed already, which `#mainIsClosed()` did not wait for. */
  async #closeLateServers(): Promise<void> {
    const { faults, forcing, latecomers } = this.state;
    const open = () => [...latecomers].filter(({ closed }) => !closed);
    await until(this.state, () => open().length === 0 || forcing.signal.aborted);
    if (open().length > 0) this.force();
    await this.#destroyed;
    for (const server of open()) {
      faults.call(STEP, () => server.stopListening());
      faults.call(STEP, () => server.force());
    }
    await seeClosed(open);
  }

  /** Of servers that are about to, or have begun to in this tick. */
  #endListening(): void {
    const { faults, latecomers, servers } = this.state;
    for (const server of servers.allPending) faults.call(STEP, () => server.giveUpListening());
    for (const server of latecomers) faults.call(STEP, () => server.stopListening());
    latecomers.clear();
  }

  /** All of the whole is drained before any of it runs its afterDrain hooks. */
  async #closeParts(): Promise<void> {
    this.drained = true;
    this.state.progress.made();
    await until(this.state, () => this.#lead === undefined || this.#wholeIsDrained);
    this.parts.wholeIsDrained();
    await this.#untilOrForce(() => this.parts.closed);
  }

  wholeIsDrained(): void {
    this.#wholeIsDrained = true;
    this.state.progress.made();
  }

  /** Returns what to wait for, or undefined if draining can begin in this very tick. */
  #lameDuck(): Promise<unknown> | undefined {
    const { before, forcing, options, servers } = this.state;
    servers.announce();
    if (before.size > 0) {
      const endAt = now() + Math.max(options.lameDuckMs, options.deadlineMs / 4);
      this.beforeHooks = before.run((settled, share) => {
        return until(this.state, () => settled() || forcing.signal.aborted, share, endAt);
      });
    }
    const over = this.#lameDuckOver.signal;
    if (over.aborted) return undefined; // by a hook, which forces
    tellSessions(this.state, over);
    const isOver = () => new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
    if (this.#lead) return isOver();
    const hooks = [...(this.beforeHooks ? [this.beforeHooks] : []), ...this.parts.beforeHooks];
    if (hooks.length === 0 && (options.lameDuckMs === 0 || isUnusedPart(this.state))) return undefined;
    return Promise.race([Promise.all([lameDuckOf(this.state, over), ...hooks]), isOver()]);
  }

  startDraining(): Promise<void> {
    this.#draining ??= this.#beginDraining();
    this.#lameDuckOver.abort();
    return this.#draining;
  }

  async #beginDraining(): Promise<void> {
    if (!this.state.enter('draining')) return;
    const { forcing, ledger, options, servers, webSockets } = this.state;
    ledger.drainingHasBegun();
    for (const closing of webSockets.values()) closing.begin(this.untilForcingMs);
    this.parts.startDraining();
    this.state.abort();
    await stopAccepting(servers.main, () => !forcing.signal.aborted).catch((error) =>
      this.#stopAtOnce(error),
    );
    servers.retire({
      refuseLate: options.lateRequests === 'reject',
      spreadMs: Math.min(options.closeSpreadMs, this.untilForcingMs * SPREAD_SHARE),
    });
  }

  /** Of what waits in an accept queue something may be lost, but nothing that is under way. */
  #stopAtOnce(error: unknown): void {
    this.state.faults.add(STEP, error);
    this.#stopListening();
  }

  #stopListening(): void {
    const { faults, servers } = this.state;
    for (const server of servers.main) faults.call(STEP, () => server.stopListening());
  }

  #mainIsClosed(): boolean {
    const { background, before, forcing, servers } = this.state;
    if (servers.main.length > 0 || servers.pending.length > 0 || !this.parts.drained) return false;
    return forcing.signal.aborted || (background.size === 0 && before.unsettled.length === 0);
  }

  async #runAfterHooks(): Promise<void> {
    const { after } = this.state;
    await after.run((settled, share) => until(this.state, settled, this.#ofThat(share)));
    await this.#untilOrForce(() => after.unsettled.length === 0, this.#ofThat(1));
  }

  /** The share of a hook, where those of the whole are still to come: all hooks have the same. */
  #ofThat(share: number): number {
    return 1 / (1 / share + (this.#lead?.hooksToCome ?? 0));
  }

  /** Work that a hook, or a request to a probe server, has begun meanwhile. */
  async #waitForLateWork(): Promise<void> {
    const { background, forcing } = this.state;
    await this.#untilOrForce(() => background.size === 0 || forcing.signal.aborted, this.#ofThat(1));
  }

  /** Waits until `over` holds. Where it does not in time, goes to forcing, and sees everything destroyed. */
  async #untilOrForce(over: () => boolean, share = 1): Promise<void> {
    await until(this.state, over, share);
    if (!over()) this.force();
    await this.#destroyed;
  }
}
