import { Ledger } from '../traffic/ledger.js';
import { ServerSet, type ServerSetEvents } from '../traffic/server-set.js';
import { Background } from './background.js';
import { Faults } from './faults.js';
import { Hooks } from './hooks.js';
import { Leaving } from './leaving.js';
import type { DrainObserver } from './observer.js';
import type { ResolvedOptions } from './options.js';
import { type Phase, PhaseClock } from './phase.js';
import { Progress } from './progress.js';
import type { LateServer } from './report.js';
import { guardedController } from './signals.js';
import type { WebSocketClosing, WebSocketServerLike } from './websockets.js';

/**
 * All that a drain knows. Two change it: `DrainTracker`, its owner (what is tracked, the options), and `Shutdown`, the
 * run that the owner begins (the phase, the signals, the time that is left). Everybody else reads.
 *
 * 1. The phase only goes forward, and `enter()` alone changes it.
 * 2. What is in flight is what the ledger and the background hold; there is no other count.
 */
export class DrainState {
  readonly clock = new PhaseClock();
  readonly progress = new Progress();
  readonly ledger = new Ledger(() => this.options);
  readonly servers: ServerSet;
  readonly background: Background;
  readonly before = new Hooks('beforeDrain', () => this.progress.made());
  readonly after = new Hooks('afterDrain', () => this.progress.made());
  readonly webSockets = new Map<WebSocketServerLike, WebSocketClosing>();
  readonly lateServers: LateServer[] = [];
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

  constructor(
    public options: ResolvedOptions,
    readonly observer: DrainObserver,
    events: Omit<ServerSetEvents, 'onProgress' | 'foreign'>,
  ) {
    this.servers = new ServerSet(this.ledger, {
      ...events,
      foreign: this.faults,
      onProgress: () => this.progress.made(),
    });
    this.background = new Background(
      () => this.progress.made(),
      (name, error) => this.warn({ background: name, error }, `background work ${name} failed: ${error}`),
    );
  }

  get phase(): Phase {
    return this.clock.current;
  }

  /** Null until it is known. */
  get outcome(): 'drained' | 'forced' | null {
    if (this.forcing.signal.aborted) return 'forced';
    return this.phase === 'closed' ? 'drained' : null;
  }

  get inFlight(): number {
    return this.ledger.inFlight.size + this.background.size;
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
