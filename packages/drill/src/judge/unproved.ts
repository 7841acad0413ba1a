import type { RoundKind } from '../model.js';
import type { Unproved } from '../round/round.js';
import { CAUSES } from './causes.js';

/** A round, and why it proves nothing, where it does not. */
export interface Reason {
  kind: RoundKind;
  unproved: Unproved | null;
}

/** The reasons of the rounds that have one, each once. */
export function textsOf(rounds: readonly Reason[]): string[] {
  return [...new Set(unprovedOf(rounds).map(({ text }) => text))];
}

/** What to say of rounds that prove nothing, and what to do: it follows from their reasons. */
export function adviceOn(rounds: readonly Reason[]): { why: string; fix: string } {
  if (!areBy('service', unprovedOf(rounds))) return { why: CAUSES.D090.why, fix: CAUSES.D090.fix.any };
  return {
    why: 'The service refused or dropped connections before it was told to stop: a round in which it does so proves nothing.',
    fix: rounds.every(({ kind }) => kind === 'load' || kind === 'rolling')
      ? 'Ask with fewer --clients, or raise the limit of connections that the service has while it is drilled.'
      : 'Where the service limits how many connections it takes (maxConnections, workers), raise the limit while it is drilled.',
  };
}

/** Why no round proved anything, in one sentence. */
export function unprovedText(rounds: readonly Reason[]): string {
  return `No round proved anything: ${whyOf(rounds)}.`;
}

function whyOf(rounds: readonly Reason[]): string {
  const unproved = unprovedOf(rounds);
  if (areBy('service', unproved)) {
    const most = Math.max(...unproved.map(({ refused = 0 }) => refused));
    const many = most > 0 ? ` (${most} in one round)` : '';
    return `the service refused or dropped connections before the signal${many}, as one does that limits how many it takes`;
  }
  if (areBy('machine', unproved)) return 'the drill itself was too slow on this machine';
  return textsOf(rounds).join('; ');
}

function unprovedOf(rounds: readonly Reason[]): Unproved[] {
  return rounds.map(({ unproved }) => unproved).filter((one) => one !== null);
}

function areBy(whom: Unproved['by'], unproved: readonly Unproved[]): boolean {
  return unproved.length > 0 && unproved.every(({ by }) => by === whom);
}
