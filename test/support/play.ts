import type { Kind, Situation } from './situation.js';
import { Subject } from './subject/subject.js';
import { World } from './world.js';

export interface PlayOptions {
  /** A fresh process for every situation, for libraries that take signals or end the process. */
  freshProcesses?: boolean;
  /** Besides what a situation looks at, every shutdown must have ended by itself, in time and with nothing open. */
  strict?: boolean;
}

/** A process that does not stop its server within this time is not used again. */
const STOP_MS = 5_000;

async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${ms} ms`)), ms);
  });
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Plays situations one after the other, in one subject process for as long as nothing goes wrong in it. */
export class Player {
  #subject: Subject | undefined;

  constructor(
    readonly library: string,
    readonly options: PlayOptions = {},
  ) {}

  /** Throws when the situation is not passed. */
  async play(situation: Situation, kind: Kind): Promise<void> {
    const subject = this.#takeSubject();
    try {
      await this.#playIn(subject, situation, kind);
    } finally {
      if (this.options.freshProcesses || !subject.alive) this.close();
    }
  }

  async #playIn(subject: Subject, situation: Situation, kind: Kind): Promise<void> {
    const world = await World.start(subject, kind, situation, this.library);
    try {
      await situation.run(world);
      if (this.options.strict && !world.judged) await world.drained();
      if (!situation.warns) world.quiet();
    } finally {
      await within(STOP_MS, world.stop()).catch(() => this.close());
    }
  }

  #takeSubject(): Subject {
    this.#subject ??= new Subject();
    return this.#subject;
  }

  close(): void {
    this.#subject?.kill();
    this.#subject = undefined;
  }
}
