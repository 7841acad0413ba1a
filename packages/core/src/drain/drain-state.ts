import { Ledger } from '../traffic/ledger.js';
import { ListenErrors } from '../traffic/listen-errors.js';
import { ServerSet, type ServerSetEvents } from '../traffic/server-set.js';
import type { TrackedServer } from '../traffic/tracked-server.js';
import { Background } from './background.js';
import type { Readiness } from './drain.js';
import { Faults } from './faults.js';
import { Hooks } from './hooks.js';
import { Leaving } from './leaving.js';
import type { DrainObserver } from './observer.js';
import type { ResolvedOptions } from './options.js';
import { Parts } from './parts.js';
import { type Phase, PhaseClock } from './phase.js';
import { Progress } from './progress.js';
import type { DrainedServer, LateServer } from './report.js';
import { guardedController } from './signals.js';
import type { WebSocketClosing, WebSocketServerLike } from './websockets.js';

/** A drain that is a part of another one, as that one's run sees it. */
export interface Part {
  readonly state: DrainState;
  /** The whole has begun: so does the part, or it goes on with what it has begun by itself. */
  begin(lead: Lead): PartRun;
}

/** The run of a whole, as its parts see it. */
export interface Lead {
  /** What is left of its time is kept for this many hooks of its own. */
  readonly hooksToCome: number;
  readonly state: DrainState;
  readonly untilForcingMs: number;
  keepTimeForHooks(): void;
}

/** The run of a part, as that of the whole drives it. */
export interface PartRun {
  /** Nothing is left of it but its afterDrain hooks and probe servers. */
  readonly drained: boolean;
  readonly closed: boolean;
  /** Its beforeDrain hooks, where it has any. */
  readonly beforeHooks: Promise<unknown> | undefined;
  /** The lame duck of the whole is over. */
  startDraining(): Promise<void>;
  /** Its afterDrain hooks may run. */
  wholeIsDrained(): void;
  force(): void;
}

/**
 * All that a drain knows. Two change it: `DrainTracker`, its owner (what is tracked, the options), and `Shutdown`, the
 * run that the owner begins (the phase, the signals, the time that is left). Everybody else reads.
 *
 * 1. The phase only goes forward, and `enter()` alone changes it.
 * 2. What is in flight is what the ledger and the background hold; there is no other count.
 * 3. What a drain says of itself is said of its `family`, which the functions that say it sum up.
 */
export class DrainState {
  readonly clock = new PhaseClock();
  readonly progress: Progress;
  /** Where health probes are answered. */
  readonly probePaths: Set<string>;
  readonly ledger: Ledger;
  readonly servers: ServerSet;
  readonly background: Background;
  readonly before: Hooks;
  readonly after: Hooks;
  readonly webSockets = new Map<WebSocketServerLike, WebSocketClosing>();
  readonly listenErrors = new ListenErrors();
  /** Those that there were when the drain began. */
  drainedServers: DrainedServer[] = [];
  readonly lateServers: LateServer[] = [];
  /** The same, as long as they are open. */
  readonly latecomers = new Set<TrackedServer>();
  /** Requests that came at the end of the lame duck. */
  late = 0;
  /** What the code of others has thrown; it is called through this. */
  readonly faults = new Faults(({ what, error }) =>
    this.warn({ fault: what, error }, `${what} threw ${error}`),
  );
  /** What the user has been warned of since the drain began, or of its options. */
  readonly warnings = new Set<string>();
  readonly draining = guardedController('drain.signal', this.faults);
  /** Responses that end when draining begins. */
  readonly leaving = new Leaving(this.faults, () => this.draining.signal.aborted);
  readonly forcing = guardedController('drain.forceSignal', this.faults);
  readonly parts = new Parts<Part>();
  #said: Readiness = 'ready';
  #wasSaidReady = false;
  /** `shutdown()` has been called, or will be: a signal has come. */
  expected = false;
  /** It has begun with what it is a part of, which speaks for it. */
  led = false;

  constructor(
    public options: ResolvedOptions,
    readonly observer: DrainObserver,
    events: Omit<ServerSetEvents, 'onProgress' | 'onChange' | 'foreign'>,
    readonly whole?: DrainState,
  ) {
    this.progress = new Progress(whole?.progress);
    this.probePaths = whole?.probePaths ?? new Set();
    this.ledger = new Ledger(() => this.options, this.probePaths);
    this.before = new Hooks('beforeDrain', () => this.progress.made(), this);
    this.after = new Hooks('afterDrain', () => this.progress.made(), this);
    this.servers = new ServerSet(this.ledger, {
      ...events,
      foreign: this.faults,
      onProgress: () => this.progress.made(),
      onChange: () => this.progress.changed(),
    });
    this.background = new Background(
      () => this.progress.made(),
      (name, error) => this.warn({ background: name, error }, `background work ${name} failed: ${error}`),
    );
  }

  /** What a readiness probe says: that of a part is that of the whole, as long as that serves. */
  get readiness(): Readiness {
    if (this.phase !== 'serving') return 'draining';
    return this.whole ? this.whole.readiness : this.#said;
  }

  /** Somebody says whether the application is ready. */
  say(ready: boolean): void {
    this.#wasSaidReady ||= ready;
    this.#said = ready ? 'ready' : this.#wasSaidReady ? 'unready' : 'starting';
  }

  get phase(): Phase {
    return this.clock.current;
  }

  /** Null until it is known. */
  get outcome(): 'drained' | 'forced' | null {
    if (this.family.some(({ forcing }) => forcing.signal.aborted)) return 'forced';
    return this.phase === 'closed' ? 'drained' : null;
  }

  /** Itself, and its parts. */
  get family(): readonly DrainState[] {
    return [this, ...[...this.parts].map(({ state }) => state)];
  }

  get inFlight(): number {
    const sizes = this.family.map(({ background, ledger }) => ledger.inFlight.size + background.size);
    return sizes.reduce((sum, size) => sum + size);
  }

  warn(fields: object, message: string): void {
    if (this.phase !== 'serving') this.warnings.add(message);
    this.observer.onWarning(fields, message);
  }

  /** Tells whoever acts on the beginning of draining. */
  abort(): void {
    this.draining.abort();
    this.leaving.begin();
  }

  /** Goes to `phase` and tells of it; false where the table of transitions does not lead there. */
  enter(phase: Phase): boolean {
    const previous = this.phase;
    if (!this.clock.enter(phase)) return false;
    this.observer.onPhase(phase, previous);
    return true;
  }
}
