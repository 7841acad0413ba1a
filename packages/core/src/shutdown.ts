import type { BackgroundWork } from './background.js';
import { startLogging } from './drain-log.js';
import type { DrainTracker } from './drain-tracker.js';
import { lameDuck } from './lame-duck.js';
import { publish } from './observability.js';
import { cleanupReserve } from './options.js';
import { elapsed, now } from './phase.js';
import type { DrainReport } from './report.js';
import { stopAccepting } from './settle.js';
import type { TrackedServer } from './tracked-server.js';
import { type Deferred, deferred, turn, within } from './turn.js';

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
 * 2. Whatever is waited for ends at `#endAt` at the latest; forcing begins before, so that it can be seen through.
 * 3. There is one way to wait, `#until()`: an event that calls `progress()` ends it, or its time.
 */
export class Shutdown {
  readonly report: Promise<DrainReport>;
  readonly #drain: DrainTracker;
  readonly #onClosed: () => void;
  readonly #beganAt = now();
  readonly #result: Deferred<DrainReport> = deferred();
  #endAt: number;
  #forceAt = 0;
  #tookMs: number | undefined;
  #forceTimer: NodeJS.Timeout | undefined;
  /** Once forcing has begun: everything is destroyed, and has closed. */
  #destroyed: Promise<void> | undefined;
  readonly #waiting = new Set<Deferred>();

  constructor(drain: DrainTracker, onClosed: () => void) {
    this.#drain = drain;
    this.#onClosed = onClosed;
    this.#endAt =
      this.#beganAt + drain.options.deadlineMs - Math.min(SLACK_MS, drain.options.deadlineMs / 40);
    this.report = this.#result.promise;
  }

  /** Milliseconds since it began; once closed, those that it took. */
  get durationMs(): number {
    return this.#tookMs ?? elapsed(this.#beganAt);
  }

  /** Milliseconds until the deadline; null once closed. */
  get leftMs(): number | null {
    return this.#drain.phase === 'closed' ? null : Math.max(0, Math.round(this.#endAt - now()));
  }

  get untilForcingMs(): number {
    return Math.max(0, this.#forceAt - now());
  }

  begin(): void {
    const { ledger, servers } = this.#drain;
    ledger.start(servers.openConnections);
    this.#drain.enter('lame-duck');
    const endLogging = startLogging(this.#drain);
    this.keepTimeForHooks();
    void this.#run().then((report) => {
      this.#tookMs = report.durationMs;
      this.#onClosed();
      publish('http-drain:report', { drain: this.#drain, report });
      endLogging(report);
      this.#result.resolve(report);
    });
  }

  /** Something ended, or there is less time than there was. */
  progress(): void {
    for (const waiting of this.#waiting) waiting.resolve();
  }

  /** Sets the time of forcing, so that the hooks that there are now have their time after it. */
  keepTimeForHooks(): void {
    const { after, options, phase } = this.#drain;
    if (phase !== 'lame-duck' && phase !== 'draining') return;
    const forAfter = after.size > 0 ? cleanupReserve(options) : 0;
    this.#forceAt = this.#endAt - forAfter - Math.min(FORCING_MS, options.deadlineMs / 20);
    clearTimeout(this.#forceTimer);
    this.#forceTimer = setTimeout(() => this.force(), this.untilForcingMs);
  }

  force(): void {
    const drain = this.#drain;
    if (!drain.enter('forcing')) return;
    clearTimeout(this.#forceTimer);
    // What is left of the hooks gets no more time than is kept for them.
    this.#endAt = Math.min(this.#endAt, now() + cleanupReserve(drain.options) + FORCING_MS);
    drain.draining.abort();
    for (const server of drain.servers.main) server.stopListening();
    drain.forcing.abort();
    this.#destroyed = this.#destroyAll();
    this.progress();
  }

  async #destroyAll(): Promise<void> {
    const { servers, webSockets } = this.#drain;
    await turn();
    for (const closing of webSockets.values()) closing.terminate();
    for (const server of servers.main) server.force();
    await this.#seeClosed(() => servers.main);
    this.progress();
  }

  /** A destroyed socket is closed a loop turn later, or two: that is waited for, whatever the time is. */
  async #seeClosed(left: () => readonly TrackedServer[]): Promise<void> {
    for (let turns = 0; turns < TURNS_TO_CLOSE && left().length > 0; turns++) await turn();
  }

  async #run(): Promise<DrainReport> {
    const drain = this.#drain;
    const untilDraining = this.#lameDuck();
    if (untilDraining) await untilDraining;
    if (drain.enter('draining')) await this.#beginDraining();
    await this.#untilOrForce(() => this.#mainIsClosed());
    clearTimeout(this.#forceTimer);
    await this.#runAfterHooks();
    await this.#closeProbes();
    await this.#waitForLateWork();
    for (const closing of drain.webSockets.values()) closing.release();
    const outcome = drain.forceSignal.aborted ? 'forced' : 'drained';
    const background = drain.background.giveUp();
    drain.enter('closed');
    return this.#makeReport(outcome, background);
  }

  /** Returns what to wait for, or undefined if draining can begin in this very tick. */
  #lameDuck(): Promise<unknown> | undefined {
    const { before, forceSignal, ledger, options, servers } = this.#drain;
    for (const server of servers.main) server.announce();
    if (options.lameDuckMs === 0 && before.size === 0) return undefined;
    const duck = lameDuck(options, ledger, () => servers.main, forceSignal);
    const hooksEndAt = this.#beganAt + Math.max(options.lameDuckMs, options.deadlineMs / 4);
    const hooks = before.run((settled, share) => {
      return this.#until(() => settled() || forceSignal.aborted, share, hooksEndAt);
    });
    return Promise.all([duck, hooks]);
  }

  async #beginDraining(): Promise<void> {
    const { draining, forceSignal, ledger, options, servers, webSockets } = this.#drain;
    ledger.drainingHasBegun();
    for (const closing of webSockets.values()) closing.begin(this.untilForcingMs);
    draining.abort();
    const main = servers.main;
    await stopAccepting(main, () => !forceSignal.aborted);
    if (options.lateRequests === 'reject') for (const server of main) server.refuseLate();
    for (const server of main) server.retire();
  }

  #mainIsClosed(): boolean {
    const { background, before, forceSignal, servers } = this.#drain;
    if (servers.main.length > 0) return false;
    return forceSignal.aborted || (background.size === 0 && before.unsettled.length === 0);
  }

  async #runAfterHooks(): Promise<void> {
    const { after } = this.#drain;
    await after.run((settled, share) => this.#until(settled, share));
    await this.#untilOrForce(() => after.unsettled.length === 0);
  }

  async #closeProbes(): Promise<void> {
    const { servers } = this.#drain;
    const probes = servers.probes;
    if (probes.length === 0) return;
    for (const server of probes) server.announce();
    await stopAccepting(probes, () => now() < this.#endAt);
    for (const server of probes) server.retire();
    await this.#until(() => servers.probes.length === 0);
    if (servers.probes.length === 0) return;
    for (const server of servers.probes) server.force();
    await this.#seeClosed(() => servers.probes);
  }

  /** Work that a hook, or a request to a probe server, has begun meanwhile. */
  async #waitForLateWork(): Promise<void> {
    const { background, forceSignal } = this.#drain;
    await this.#untilOrForce(() => background.size === 0 || forceSignal.aborted);
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
    let endAt: number | undefined;
    let giveUpAt = 0;
    while (!over()) {
      if (endAt !== this.#endAt) {
        endAt = this.#endAt;
        giveUpAt = now() + (Math.min(endAt, lastAt) - now()) * share;
      }
      const waiting = deferred();
      this.#waiting.add(waiting);
      const woken = await within(waiting.promise, giveUpAt - now());
      this.#waiting.delete(waiting);
      if (woken === 'timeout') return;
    }
  }

  #makeReport(outcome: DrainReport['outcome'], background: BackgroundWork[]): DrainReport {
    const { after, before, clock, lateServers, ledger } = this.#drain;
    const phases = clock.durations();
    return {
      outcome,
      durationMs: Object.values(phases).reduce((sum, ms) => sum + ms),
      phases,
      requests: { ...ledger.requests },
      connections: { ...ledger.connections },
      stuck: [...ledger.stuck],
      background,
      hooks: [...before.reports(), ...after.reports()],
      lateServers: [...lateServers],
    };
  }
}
