import type { StuckRequest } from '../traffic/exchange.js';
import type { ConnectionCounts, RequestCounts } from '../traffic/ledger.js';
import type { BackgroundWork } from './background.js';
import type { Fault } from './faults.js';
import type { HookReport } from './hooks.js';
import type { PhaseDurations } from './phase.js';

/** A server that was tracked when the drain began. */
export interface DrainedServer {
  /** There if it was given one. */
  name?: string;
  address: string;
  /** Was it tracked with `probe: true`? */
  probe: boolean;
}

/** A server that began to listen during the drain, and was closed at once. */
export interface LateServer {
  name: string | undefined;
  address: string;
}

/** What a drain did. Plain data: `JSON.stringify()` keeps all of it. */
export interface DrainReport {
  /** `'forced'` if the deadline or `force()` ended it, so that something may have been cut. */
  outcome: 'drained' | 'forced';
  /** Drained, no hook failed, and nothing threw: what a process that exits with 0 can say of itself. */
  clean: boolean;
  /** Milliseconds from the call of `shutdown()` to its resolution. */
  durationMs: number;
  phases: PhaseDurations;
  /** inFlightAtStart + those that came since = completed + rejected + aborted + forced. */
  requests: RequestCounts;
  connections: ConnectionCounts;
  /** Each request that was forced, and each connection that an upgrade or CONNECT had taken over. */
  stuck: StuckRequest[];
  /** Background work, handed to `waitUntil()`, that was not waited out. */
  background: BackgroundWork[];
  hooks: HookReport[];
  /** Those that listened or had connections when the drain began. */
  servers: DrainedServer[];
  lateServers: LateServer[];
  /**
   * Requests that came at the end of the lame duck (its last quarter, at most a second), health probes aside. It was too
   * short: those that followed may be lost.
   */
  late: number;
  /** What threw where the drain called it (a logger, a `ws` client, a patched method); the drain went on. */
  faults: Fault[];
  /** What was warned of. */
  warnings: string[];
}
