import type { Kind, Situation } from './situation.js';
import { Subject } from './subject/subject.js';
import { pause, World } from './world.js';

/** Plays situations one after the other, in one subject process for as long as nothing goes wrong in it. */
export class Player {
  #subject: Subject | undefined;

  constructor(
    readonly library: string,
    /** A fresh process for every situation, for libraries that take signals or end the process. */
    readonly freshProcesses = false,
  ) {}

  /** Throws when the situation is not passed. */
  async play(situation: Situation, kind: Kind): Promise<void> {
    const subject = this.#takeSubject();
    let passed = false;
    try {
      await this.#playIn(subject, situation, kind);
      passed = true;
    } finally {
      if (!passed || this.freshProcesses || !subject.alive) this.close();
    }
  }

  async #playIn(subject: Subject, situation: Situation, kind: Kind): Promise<void> {
    const world = await World.start(subject, kind, situation, this.library);
    try {
      await situation.run(world);
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
