import { type Drilled, type Finding, OUTCOMES, type Round, type Situation, type Totals } from '../model.js';
import { totalsOf } from './record.js';
import { situationTitle } from './words.js';

export function sumOf(all: readonly Totals[]): Totals {
  const sum: Totals = { sent: 0, answered: 0, refused: 0, 'closed-idle': 0, race: 0, lost: 0 };
  for (const totals of all) for (const name of ['sent', ...OUTCOMES] as const) sum[name] += totals[name];
  return sum;
}

/** Of the round in which most was lost. */
export function worstOf(rounds: readonly Round[]): Totals {
  return rounds.map(({ totals }) => totals).reduce((a, b) => (b.lost > a.lost ? b : a), sumOf([]));
}

/** Each situation that there were witnesses of, in the order of the first round that had it. */
export function situationsOf(rounds: readonly Round[], findings: readonly Finding[]): Situation[] {
  const witnesses = rounds.filter(({ kind }) => kind !== 'difference').flatMap((round) => round.witnesses);
  const ids = [...new Set(witnesses.map(({ situation }) => situation))];
  return ids.map((id) => {
    const totals = totalsOf(witnesses.filter(({ situation }) => situation === id));
    const codes = findings.filter(({ situations }) => situations.includes(id)).map(({ code }) => code);
    return { id, title: situationTitle(id), ok: totals.lost === 0, codes, totals };
  });
}

/** The last line of every report. */
export function summaryOf({ verdict, failure, findings, rounds, worst, totals }: Drilled): string {
  if (verdict === 'interrupted') return 'interrupted: nothing is left running';
  if (failure !== null) return failure.message;
  const count = findings.length;
  const tail = count === 0 ? '' : `; ${count} ${count === 1 ? 'finding' : 'findings'}`;
  const noun = rounds.some(({ kind }) => kind === 'rolling') ? 'restart' : 'round';
  if (worst.lost === 0 && verdict === 'passed')
    return `nothing lost of ${totals.sent} in ${some(rounds.length, noun)}${tail}`;
  const proof = rounds.filter(({ kind }) => kind === 'witness' || kind === 'rolling');
  const hit = proof.filter((round) => round.totals.lost > 0);
  if (hit.length === 0)
    return `${totals.lost === 0 ? 'no request lost here' : `${some(totals.lost, 'request')} lost`}${tail}`;
  const lost = some(worst.lost, 'request');
  const same = hit.every((round) => round.totals.lost === worst.lost) && hit.length === proof.length;
  if (!same) return `up to ${lost} lost a ${noun}, in ${hit.length} of ${some(proof.length, noun)}${tail}`;
  return `${lost} lost in ${hit.length === 1 ? 'one' : `each of ${hit.length}`} ${noun}${hit.length === 1 ? '' : 's'}${tail}`;
}

function some(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
