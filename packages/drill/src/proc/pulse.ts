import { openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const LOOK_EVERY_MS = 0.4;
/** So long after something has happened, a process that lives on is seen to. */
const LOOK_FOR_MS = 30;
/** Most services are gone so soon after the signal: until then nobody has to wake the thread, which takes its time. */
const LOOK_AT_FIRST_MS = 2_000;
/** Of more than these nobody can look so often. */
const MOST = 32;

/** What both threads share. Times in ms by a clock that all threads have in common. */
export interface Shared {
  /** How many, and which. */
  pids: Int32Array<SharedArrayBuffer>;
  /** One number, which is another one each time that there is something to see. */
  calls: Int32Array<SharedArrayBuffer>;
  /** Until when to look, and when all were last seen to run. */
  times: Float64Array<SharedArrayBuffer>;
}

const UNTIL = 0;
const RAN_AT = 1;

/** When all of some processes were last seen to run; by a thread of its own, which keeps nothing alive. */
export class Pulse {
  readonly #shared: Shared = {
    pids: new Int32Array(new SharedArrayBuffer(4 * (1 + MOST))),
    calls: new Int32Array(new SharedArrayBuffer(4)),
    times: new Float64Array(new SharedArrayBuffer(16)),
  };
  readonly #worker = new Worker(join(__dirname, 'pulse-thread.js'), {
    env: {},
    execArgv: [],
    workerData: this.#shared,
  });
  /** From that clock to performance.now(). */
  readonly #offset = commonNow() - performance.now();

  constructor() {
    // Without it these processes are looked at less often, and that is all.
    this.#worker.on('error', () => {});
    this.#worker.unref();
    // Once it runs it holds the process again (Node 20 to 24).
    this.#worker.once('online', () => this.#worker.unref());
  }

  /** To be told once: of whom, at the signal. */
  of(pids: readonly number[]): void {
    if (pids.length > MOST) return;
    this.#shared.pids.set([pids.length, ...pids]);
    this.#lookFor(LOOK_AT_FIRST_MS);
  }

  /** Something has happened: a process may end so soon now that a look of our own would come too late. */
  look(): void {
    this.#lookFor(LOOK_FOR_MS);
  }

  /** By performance.now(); long ago: not seen yet. */
  get ranAt(): number {
    return (this.#shared.times[RAN_AT] as number) - this.#offset;
  }

  stop(): void {
    void this.#worker.terminate();
  }

  #lookFor(ms: number): void {
    const { calls, times } = this.#shared;
    times[UNTIL] = Math.max(times[UNTIL] as number, commonNow() + ms);
    Atomics.add(calls, 0, 1);
    Atomics.notify(calls, 0);
  }
}

/** What the thread does, for as long as there is one. */
export function keepLooking({ pids, calls, times }: Shared): never {
  // Nobody wakes who waits for this.
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(calls, 0, 0);
  const allRun = watcherOf(pids.subarray(1, 1 + (pids[0] as number)));
  for (;;) {
    const heard = Atomics.load(calls, 0);
    for (let now = commonNow(); now < (times[UNTIL] as number) && allRun(); now = commonNow()) {
      times[RAN_AT] = now;
      Atomics.wait(nothing, 0, 0, LOOK_EVERY_MS);
    }
    Atomics.wait(calls, 0, heard);
  }
}

/**
 * Tells whether all of them have memory, which the kernel takes from a process that ends before it closes any file of
 * its (do_exit): /proc/<pid>/statm, which is made in no time.
 */
function watcherOf(pids: Int32Array): () => boolean {
  const digit = Buffer.alloc(1);
  try {
    const files = Array.from(pids, (pid) => openSync(`/proc/${pid}/statm`, 'r'));
    const hasMemory = (file: number) => readSync(file, digit, 0, 1, 0) === 1 && digit.toString() !== '0';
    return () => {
      try {
        return files.length > 0 && files.every(hasMemory);
      } catch {
        return false; // ESRCH: it is gone
      }
    };
  } catch {
    return () => false;
  }
}

function commonNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
