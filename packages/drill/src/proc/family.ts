import {
  allProcesses,
  environmentHas,
  isAlive,
  type ProcessRow,
  processRow,
  socketsOf,
} from './processes.js';

/** In the environment of everything that a drill starts: so what left its session and its parent is found, too. */
export const MARK = 'HTTP_DRAIN_DRILL';

/**
 * The process that was started and all that came of it: its descendants, its session, and what carries its mark.
 * Who was once found stays a member after its parent is gone.
 */
export class Family {
  /** By pid: when it started, so that a pid that is used again is no member. */
  readonly #members = new Map<number, number>();
  readonly #strangers = new Set<string>();
  readonly #onMember: (row: ProcessRow) => void;

  /** `root`: undefined for a family that is known by its mark alone. */
  constructor(
    readonly root: number | undefined,
    readonly mark: string,
    onMember: (row: ProcessRow) => void = () => {},
  ) {
    this.#onMember = onMember;
  }

  /** Takes in a process by hand, as the one who found it tells. */
  add(pid: number, startedAt: number): void {
    if (processRow(pid)?.startedAt === startedAt) this.#members.set(pid, startedAt);
  }

  /** Looks for new members; gives those that live. */
  living(): number[] {
    const rows = allProcesses();
    // A parent may come after its child in the list.
    for (let grown = true; grown; ) {
      grown = false;
      for (const row of rows) {
        if (this.#isMember(row) || !this.#belongs(row)) continue;
        this.#members.set(row.pid, row.startedAt);
        this.#onMember(row);
        grown = true;
      }
    }
    return rows.filter((row) => this.#isMember(row) && row.state !== 'Z').map((row) => row.pid);
  }

  /** Those of them that hold one of these sockets; `denied` where we may not look into one. */
  holders(inodes: ReadonlySet<number>): { pids: number[]; denied: boolean } {
    let denied = false;
    const pids = this.living().filter((pid) => {
      const sockets = socketsOf(pid);
      if (sockets === undefined) denied = true;
      return sockets !== undefined && [...sockets].some((inode) => inodes.has(inode));
    });
    return { pids, denied };
  }

  /** The inodes of all sockets that any of them holds. */
  sockets(): Set<number> {
    return new Set(this.living().flatMap((pid) => [...(socketsOf(pid) ?? [])]));
  }

  /** Ends every member, also those that are born meanwhile; frozen ones, too. */
  async kill(): Promise<void> {
    for (let round = 0; round < 200; round++) {
      const living = this.living();
      if (living.length === 0) return;
      for (const pid of living) signal(pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #isMember(row: ProcessRow): boolean {
    return this.#members.get(row.pid) === row.startedAt;
  }

  #belongs(row: ProcessRow): boolean {
    if (row.pid === process.pid) return false;
    if (this.root !== undefined) {
      if (row.pid === this.root || row.session === this.root) return true;
      if (this.#members.has(row.parent) && isAlive(row.parent)) return true;
    }
    const name = `${row.pid}:${row.startedAt}`;
    if (this.#strangers.has(name)) return false;
    if (environmentHas(row.pid, `${MARK}=${this.mark}`)) return true;
    // Between fork and exec a process has its parent's environment still: only of an elder one this is the last word.
    if (row.state !== 'Z' && this.#strangers.size < 100_000 && this.#seenBefore(name))
      this.#strangers.add(name);
    return false;
  }

  #once = new Set<string>();
  #seenBefore(name: string): boolean {
    if (this.#once.has(name)) return true;
    this.#once.add(name);
    return false;
  }
}

/** Sends a signal; a process that is gone is none to be sorry for. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
