import type { RawRound } from './round.js';

/** So a proxy speaks for an instance that gave it no answer (RFC 9110 section 15.6). */
const BY_A_PROXY = [502, 503, 504];

/**
 * What a service answers while nobody stops it: it may fail now and then, or turn away who asks too often. Seen in any
 * round before its signal, it is the signal's doing in none.
 */
export class Usual {
  readonly #seen = new Set<string>();

  /**
   * Every whole answer that had come before the signal. Of rolling restarts those before the first alone: what comes
   * later may be what the one before has left behind.
   */
  note({ plan, cast, signalledAt, freeze }: RawRound): void {
    if (plan.kind === 'rolling' && plan.number > 1) return;
    const by = plan.kind === 'rolling' ? freeze.since : signalledAt;
    for (const { client, expects, elsewhere } of [...cast.actors, ...cast.elsewhere]) {
      for (const { answer, endedAt } of client.asked) {
        if (elsewhere && BY_A_PROXY.includes(answer?.status ?? 0)) continue;
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
