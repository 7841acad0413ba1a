import {
  type Code,
  type Drilled,
  type Finding,
  OUTCOMES,
  type Round,
  type Situation,
  type Totals,
} from '../model.js';
import { totalsOf } from './record.js';
import { situationTitle } from './words.js';

export function sumOf(all: readonly Totals[]): Totals {
  const sum: Totals = { sent: 0, answered: 0, refused: 0, 'closed-idle': 0, race: 0, lost: 0 };
  for (const totals of all) for (const name of ['sent', ...OUTCOMES] as const) sum[name] += totals[name];
  return sum;
}

/** Of the round in which most was lost: the first of them. */
export function worstOf(rounds: readonly Round[]): Totals {
  const all = rounds.map(({ totals }) => totals);
  return all.length === 0 ? sumOf([]) : all.reduce((a, b) => (b.lost > a.lost ? b : a));
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

/**
 * The last line of every report.
 *
 * @param leftOut - codes of errors that were found and, by `only` or `skip`, are not among the findings: what was lost by
 *   them is told apart, so that no verdict hides it
 */
export function summaryOf(drilled: Drilled, leftOut: readonly Code[] = []): string {
  const { verdict, failure, findings } = drilled;
  if (verdict === 'interrupted') return 'interrupted: nothing is left running';
  if (failure !== null) return failure.message;
  const found = findings.length === 0 ? [] : [some(findings.length, 'finding')];
  const lost = lossOf(drilled, (code) => code === null || !leftOut.includes(code));
  if (lost !== null) {
    const what = verdict === 'passed' ? `${lost}, which does not fail the drill` : lost;
    return [what, ...found, ...leftOutOf(drilled, leftOut)].join('; ');
  }
  const parts = verdict === 'passed' ? [nothing(drilled, leftOut), ...found] : [...found, uncounted(leftOut)];
  return [...parts, ...leftOutOf(drilled, leftOut)].join('; ');
}

function nothing({ totals, rounds }: Drilled, leftOut: readonly Code[]): string {
  if (leftOut.length > 0) return 'nothing lost of what was looked for';
  return `nothing lost of ${totals.sent} in ${some(rounds.length, nounOf(rounds))}`;
}

/** It fails all the same: the finding is not of requests. */
function uncounted(leftOut: readonly Code[]): string {
  return leftOut.length > 0 ? 'no request was lost by what was looked for' : 'no request was counted as lost';
}

function leftOutOf(drilled: Drilled, leftOut: readonly Code[]): string[] {
  if (leftOut.length === 0) return [];
  const codes = leftOut.join(', ');
  const lost = lossOf(drilled, (code) => code !== null && leftOut.includes(code));
  return [`left out: ${lost === null ? codes : `${lost} (${codes})`}`];
}

/** "20 requests lost in each of 3 rounds", by causes that are meant; null: none. */
function lossOf({ rounds }: Drilled, isMeant: (code: Code | null) => boolean): string | null {
  const counts = rounds
    .filter(({ unreliable }) => unreliable === null)
    .map((round) => ({ kind: round.kind, lost: lostIn(round, isMeant) }));
  const most = Math.max(0, ...counts.map(({ lost }) => lost));
  if (most === 0) return null;
  const proof = counts.filter(({ kind }) => kind === 'witness' || kind === 'rolling');
  const hit = proof.filter(({ lost }) => lost > 0);
  const all = counts.reduce((sum, { lost }) => sum + lost, 0);
  if (hit.length === 0) return `${some(all, 'request')} lost`;
  const noun = nounOf(rounds);
  const lost = some(most, 'request');
  const same = hit.every((round) => round.lost === most) && hit.length === proof.length;
  if (!same) return `up to ${lost} lost a ${noun}, in ${hit.length} of ${some(proof.length, noun)}`;
  return `${lost} lost in ${hit.length === 1 ? `one ${noun}` : `each of ${some(hit.length, noun)}`}`;
}

function lostIn({ witnesses }: Round, isMeant: (code: Code | null) => boolean): number {
  const visits = witnesses.flatMap((witness) => witness.visits);
  return visits.filter(({ outcome, code }) => outcome === 'lost' && isMeant(code)).length;
}

function nounOf(rounds: readonly Round[]): 'restart' | 'round' {
  return rounds.some(({ kind }) => kind === 'rolling') ? 'restart' : 'round';
}

function some(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
