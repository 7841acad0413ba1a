import type { Kind, Situation } from './situation.js';
import { Subject } from './subject/subject.js';
import { pause, World } from './world.js';

export interface PlayOptions {
  /** A fresh process for every situation, for libraries that take signals or end the process. */
  freshProcesses?: boolean;
  /** Besides what a situation looks at, every shutdown must have ended by itself, in time and with nothing open. */
  strict?: boolean;
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
    let passed = false;
    try {
      await this.#playIn(subject, situation, kind);
      passed = true;
    } finally {
      if (!passed || this.options.freshProcesses || !subject.alive) this.close();
    }
  }

  async #playIn(subject: Subject, situation: Situation, kind: Kind): Promise<void> {
    const world = await World.start(subject, kind, situation, this.library);
    try {
      await situation.run(world);
      if (this.options.strict && !world.judged) await world.drained();
      world.quiet();
    } finally {
      await Promise.race([world.stop(), pause(1_000)]);
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
