import { now } from '../node/clock.js';
import { clearTimeout, setTimeout, type Timer } from '../node/timers.js';
import { type Deferred, deferred, turn } from '../node/turn.js';
import type { TrackedServer } from '../traffic/tracked-server.js';
import type { DrainState, Lead, PartRun } from './drain-state.js';
import { lameDuckOf } from './lame-duck.js';
import { drainedServer, faultsOf, makeReport } from './make-report.js';
import { cleanupReserve } from './options.js';
import { PartRuns } from './part-runs.js';
import type { DrainReport } from './report.js';
import { stopAccepting } from './settle.js';

/** Time for forcing: at least so much, more where many connections are open, and at most so much of the deadline. */
const FORCING_MS = 100;
const FORCING_MS_EACH = 0.5;
const FORCING_SHARE = 1 / 20;
/** Kept before the deadline for timers that fire late, at most a fortieth of it. */
const SLACK_MS = 50;
/** Of the time for forcing, what those may take to whom something is said at the last moment. */
const ANSWERING_SHARE = 0.75;
/** Of the time that there is, the most over which connections are told, or closed. */
const SPREAD_SHARE = 0.75;
/** Loop turns within which an answer is with the kernel: HTTP/2 writes what there is in the next. */
const TURNS_TO_ANSWER = 3;
/** Loop turns within which destroyed sockets have closed. */
const TURNS_TO_CLOSE = 10;

/** What the report calls a fault that no guard nearer to it has caught. */
const STEP = 'a step of the drain';

/**
 * One run through the phases.
 *
 * 1. `report` resolves once, after everything is closed, and never rejects.
 * 2. Whatever is waited for ends at `clock.endAt` at the latest; forcing begins before, so that it can be seen through.
 * 3. There is one way to wait, `#until()`: progress ends it, or its time.
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
  #forceAt = 0;
  #forceTimer: Timer | undefined;
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
    this.report = this.#result.promise;
  }

  get untilForcingMs(): number {
    return this.#lead?.untilForcingMs ?? Math.max(0, this.#forceAt - now());
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
    this.state.drainedServers = [...servers.all].map(drainedServer);
    this.state.enter('lame-duck');
    for (const part of parts) faults.call(STEP, () => this.parts.take(part));
    if (!lead) this.#setForceTimer();
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
    if (this.#forceTimer) this.#setForceTimer();
  }

  #setForceTimer(): void {
    const { clock, family, options } = this.state;
    const forAfter = family.some(({ after }) => after.size > 0) ? cleanupReserve(options) : 0;
    const endAt = clock.endAt - forAfter;
    const at = (ms: number, callback: () => void) => {
      this.#clearForceTimer();
      this.#forceAt = endAt - this.#forcingMs();
      this.#forceTimer = setTimeout(callback, endAt - ms - now());
    };
    // How many connections there are to be forced shows then.
    at(options.deadlineMs * FORCING_SHARE, () => at(this.#forcingMs(), () => this.force()));
  }

  #forcingMs(): number {
    const { family, options } = this.state;
    const open = family.reduce((sum, { servers }) => sum + servers.openConnections, 0);
    return Math.min(Math.max(FORCING_MS, open * FORCING_MS_EACH), options.deadlineMs * FORCING_SHARE);
  }

  #clearForceTimer(): void {
    clearTimeout(this.#forceTimer);
    this.#forceTimer = undefined;
  }

  force(): void {
    const { clock, faults, forcing, options, progress, servers } = this.state;
    if (!this.state.enter('forcing')) return;
    this.#clearForceTimer();
    // What is left of the hooks gets no more time than is kept for them.
    clock.endAt = Math.min(clock.endAt, now() + cleanupReserve(options) + this.#forcingMs());
    this.#lameDuckOver.abort();
    this.parts.force();
    this.state.abort();
    for (const server of servers.main) faults.call(STEP, () => server.stopListening());
    for (const server of servers.pending) faults.call(STEP, () => server.giveUpListening());
    forcing.abort();
    this.#destroyed = this.#destroyAll();
    progress.made();
  }

  async #destroyAll(): Promise<void> {
    const { faults, progress, servers, webSockets } = this.state;
    await turn();
    for (const closing of webSockets.values()) closing.terminate();
    for (const server of servers.main) faults.call(STEP, () => server.cutShort());
    await this.#seeAnswered();
    for (const server of servers.main) faults.call(STEP, () => server.force());
    await this.#seeClosed(() => servers.main);
    progress.made();
  }

  /** Those who were answered at the last moment are left the time for forcing to read it. */
  async #seeAnswered(): Promise<void> {
    const { progress, servers } = this.state;
    // So many that it has gone out; not more of them, since one may be long where much is still being sent.
    for (let turns = 0; turns < TURNS_TO_ANSWER; turns++) await turn();
    const endAt = now() + this.#forcingMs() * ANSWERING_SHARE;
    while (servers.main.length > 0 && (await progress.within(endAt - now())));
  }

  /** A destroyed socket is closed a loop turn later, or two: that is waited for, whatever the time is. */
  async #seeClosed(left: () => readonly TrackedServer[]): Promise<void> {
    for (let turns = 0; turns < TURNS_TO_CLOSE && left().length > 0; turns++) await turn();
  }

  async #run(): Promise<void> {
    const untilDraining = this.state.faults.call(STEP, () => this.#lameDuck());
    if (untilDraining) await this.#step(() => untilDraining);
    await this.#step(() => this.startDraining());
    await this.#step(() => this.#untilOrForce(() => this.#mainIsClosed()));
    this.#clearForceTimer();
    await this.#step(() => this.#closeParts());
    await this.#step(() => this.#runAfterHooks());
    await this.#step(() => this.#closeProbes());
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
    await this.#until(() => open().length === 0 || forcing.signal.aborted);
    if (open().length > 0) this.force();
    await this.#destroyed;
    for (const server of open()) {
      faults.call(STEP, () => server.stopListening());
      faults.call(STEP, () => server.force());
    }
    await this.#seeClosed(open);
  }

  /** Of servers that are about to, or have begun to in this tick. */
  #endListening(): void {
    const { faults, latecomers, servers } = this.state;
    for (const server of servers.pending) faults.call(STEP, () => server.giveUpListening());
    for (const server of latecomers) faults.call(STEP, () => server.stopListening());
    latecomers.clear();
  }

  /** All of the whole is drained before any of it runs its afterDrain hooks. */
  async #closeParts(): Promise<void> {
    this.drained = true;
    this.state.progress.made();
    await this.#until(() => this.#lead === undefined || this.#wholeIsDrained);
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
        return this.#until(() => settled() || forcing.signal.aborted, share, endAt);
      });
    }
    this.#tellSessions();
    const over = this.#lameDuckOver.signal;
    const isOver = () => new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
    if (this.#lead) return isOver();
    const hooks = [...(this.beforeHooks ? [this.beforeHooks] : []), ...this.parts.beforeHooks];
    if (hooks.length === 0 && (options.lameDuckMs === 0 || this.#isUnusedPart())) return undefined;
    return Promise.race([Promise.all([lameDuckOf(this.state, over), ...hooks]), isOver()]);
  }

  /** From the middle of the lame duck on, so that who routes traffic here has noticed, and clients do not come back. */
  #tellSessions(): void {
    const { faults, options, servers } = this.state;
    const halfMs = options.lameDuckMs / 2;
    if (options.http2LameDuck !== 'goaway' || halfMs === 0) return;
    const timer = setTimeout(
      () => faults.call(STEP, () => servers.tellSessions(halfMs * SPREAD_SHARE)),
      halfMs,
    );
    this.#lameDuckOver.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  /** Nobody has to learn that it goes. */
  #isUnusedPart(): boolean {
    const { servers, whole } = this.state;
    return whole !== undefined && servers.main.length === 0 && servers.pending.length === 0;
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
    await stopAccepting(servers.main, () => !forcing.signal.aborted);
    servers.retire({
      refuseLate: options.lateRequests === 'reject',
      spreadMs: Math.min(options.closeSpreadMs, this.untilForcingMs * SPREAD_SHARE),
    });
  }

  #mainIsClosed(): boolean {
    const { background, before, forcing, servers } = this.state;
    if (servers.main.length > 0 || servers.pending.length > 0 || !this.parts.drained) return false;
    return forcing.signal.aborted || (background.size === 0 && before.unsettled.length === 0);
  }

  async #runAfterHooks(): Promise<void> {
    const { after } = this.state;
    await after.run((settled, share) => this.#until(settled, this.#ofThat(share)));
    await this.#untilOrForce(() => after.unsettled.length === 0, this.#ofThat(1));
  }

  /** The share of a hook, where those of the whole are still to come: all hooks have the same. */
  #ofThat(share: number): number {
    return 1 / (1 / share + (this.#lead?.hooksToCome ?? 0));
  }

  async #closeProbes(): Promise<void> {
    const { clock, servers } = this.state;
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
    const { background, forcing } = this.state;
    await this.#untilOrForce(() => background.size === 0 || forcing.signal.aborted, this.#ofThat(1));
  }

  /** Waits until `over` holds. Where it does not in time, goes to forcing, and sees everything destroyed. */
  async #untilOrForce(over: () => boolean, share = 1): Promise<void> {
    await this.#until(over, share);
    if (!over()) this.force();
    await this.#destroyed;
  }

  /**
   * Waits until `over` holds, at most for a share of the time until `lastAt` or the end, whichever is first. If
   * `force()` brings the end nearer, it is a share of what is left then.
   */
  async #until(over: () => boolean, share = 1, lastAt = Infinity): Promise<void> {
    const { clock, progress } = this.state;
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
