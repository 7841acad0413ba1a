import type { Actor } from './cast.js';

/**
 * What a service answers while nobody stops it: it may fail now and then, or turn away who asks too often. Seen in any
 * round before its signal, it is the signal's doing in none.
 */
export class Usual {
  readonly #seen = new Set<string>();

  /** Every whole answer that had come by then. */
  note(actors: readonly Actor[], by: number): void {
    for (const { client, expects } of actors) {
      for (const { answer, endedAt } of client.asked) {
        if (answer?.whole && endedAt !== undefined && endedAt <= by)
          this.#seen.add(name(expects, answer.status));
      }
    }
  }

  /** Such requests were answered so before. */
  has(expects: number, status: number): boolean {
    return this.#seen.has(name(expects, status));
  }
}

function name(expects: number, status: number): string {
  return `${expects}: ${status}`;
}
