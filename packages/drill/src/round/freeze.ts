import { signal } from '../proc/family.js';
import { isAlive, isStopped } from '../proc/processes.js';

/** Longer than this nothing is ever frozen. */
export const LONGEST_FREEZE_MS = 200;
const MARGIN_MS = 20;

/**
 * Stops every process that holds the listening socket, or a connection, so that what is sent lies exactly where it is
 * wanted: in the accept queue, or unread in socket buffers. In life a garbage collection or a throttled core does this.
 */
export class Freeze {
  readonly since = performance.now();
  thawedAt: number | undefined;
  /** Resolves when it must end. */
  readonly due: Promise<void>;
  readonly #timers: NodeJS.Timeout[];

  private constructor(readonly pids: readonly number[]) {
    let due = () => {};
    this.due = new Promise((resolve) => {
      due = resolve;
    });
    this.#timers = [
      setTimeout(() => due(), LONGEST_FREEZE_MS - MARGIN_MS),
      setTimeout(() => this.thaw(), LONGEST_FREEZE_MS),
    ];
  }

  /** Resolves once all of them have stopped. */
  static async of(pids: readonly number[]): Promise<Freeze> {
    for (const pid of pids) signal(pid, 'SIGSTOP');
    const freeze = new Freeze(pids);
    while (freeze.thawedAt === undefined && pids.some((pid) => isAlive(pid) && !isStopped(pid))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    return freeze;
  }

  /** Nobody was stopped. */
  get isEmpty(): boolean {
    return this.pids.length === 0;
  }

  get lasts(): boolean {
    return this.thawedAt === undefined;
  }

  thaw(): void {
    if (this.thawedAt !== undefined) return;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const pid of this.pids) signal(pid, 'SIGCONT');
    this.thawedAt = performance.now();
  }
}
