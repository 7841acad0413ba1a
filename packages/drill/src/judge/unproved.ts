import type { RoundKind } from '../model.js';
import { CAUSES } from './causes.js';
import { REFUSED, WITHOUT_CONNECTION } from './unreliable.js';

/** A round, and why it proves nothing, where it does not. */
export interface Reason {
  kind: RoundKind;
  unreliable: string | null;
}

/** The reasons of the rounds that have one, each once. */
export function textsOf(rounds: readonly Reason[]): string[] {
  return [...new Set(rounds.map(({ unreliable }) => unreliable).filter((reason) => reason !== null))];
}

/** What to say of rounds that prove nothing, and what to do: it follows from their reasons. */
export function adviceOn(rounds: readonly Reason[]): { why: string; fix: string } {
  if (!areRefused(textsOf(rounds))) return { why: CAUSES.D090.why, fix: CAUSES.D090.fix.any };
  return {
    why: 'The service refused or dropped connections before it was told to stop: a round in which it does so proves nothing.',
    fix: rounds.every(({ kind }) => kind === 'load' || kind === 'rolling')
      ? 'Ask with fewer --clients, or raise the limit of connections that the service has while it is drilled.'
      : 'Where the service limits how many connections it takes (maxConnections, workers), raise the limit while it is drilled.',
  };
}

/** Why no round proved anything, in one sentence. */
export function unprovedText(rounds: readonly Reason[]): string {
  const reasons = textsOf(rounds);
  return `No round proved anything: ${whyOf(reasons)}.`;
}

function whyOf(reasons: readonly string[]): string {
  if (areRefused(reasons)) {
    const most = Math.max(...reasons.map((reason) => Number.parseInt(reason, 10) || 0));
    const many = most > 0 ? ` (${most} in one round)` : '';
    return `the service refused or dropped connections before the signal${many}, as one does that limits how many it takes`;
  }
  if (reasons.every((reason) => SLOW.test(reason))) return 'the drill itself was too slow on this machine';
  return reasons.join('; ');
}

function areRefused(reasons: readonly string[]): boolean {
  return (
    reasons.length > 0 &&
    reasons.every((reason) => reason.endsWith(REFUSED) || reason.endsWith(WITHOUT_CONNECTION))
  );
}

/** Nothing that the service does. */
const SLOW =
  /^the drill itself was \d+ ms late|^the machine was too busy|^the preparations took longer|^not every connection/;
