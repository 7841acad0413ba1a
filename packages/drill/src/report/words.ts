import { type Drilled, type Finding, OUTCOMES, type Outcome, type Round, type Totals } from '../model.js';

/** 21 → "21 ms", 6401.7 → "6.4 s", 72 000 → "72 s" */
export function time(ms: number): string {
  const size = Math.abs(ms);
  if (size < 999.5) return `${Math.round(ms)} ms`;
  return `${(ms / 1_000).toFixed(size < 9_950 ? 1 : 0).replace(/\.0$/, '')} s`;
}

/** "19 requests", "1 finding" */
export function some(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** What stands before the summary. */
export const VERDICTS = {
  passed: 'PASSED',
  lost: 'FAILED',
  undrilled: 'NOT DRILLED',
  interrupted: 'INTERRUPTED',
} as const;

/** A mark for those who cannot see colours. */
export function markOf({ severity }: Pick<Finding, 'severity'>): '✗' | '!' {
  return severity === 'error' ? '✗' : '!';
}

/** "3 of 3 rounds" */
export function roundsOf({ rounds: { hit, of } }: Finding): string {
  return `${hit} of ${some(of, 'round')}`;
}

/** "seen: 20 waited at the signal, 1 answered" */
export function evidenceOf({ certainty, evidence }: Finding): string {
  return `${certainty}: ${evidence.join('; ')}`;
}

const WORDS: Record<Outcome, string> = {
  answered: 'answered',
  refused: 'refused',
  'closed-idle': 'closed idle',
  race: 'raced',
  lost: 'lost',
};

/** "19 lost, 1 answered": the worst first, nothing that did not happen. */
export function totalsText(totals: Totals): string {
  const parts = OUTCOMES.toReversed().filter((outcome) => totals[outcome] > 0);
  return parts.map((outcome) => `${totals[outcome]} ${WORDS[outcome]}`).join(', ') || 'none';
}

/** "node server.js", as a shell would take it. */
export function commandText({ command }: Drilled): string {
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}

/** "ready in 0.4 s on 127.0.0.1:38412 (HTTP/1.1)" */
export function serviceText(drilled: Drilled): string {
  const { service } = drilled;
  if (service === null) return 'never ready';
  const host = service.host.includes(':') ? `[${service.host}]` : service.host;
  const ready = `ready in ${(service.readyMs / 1_000).toFixed(1)} s`;
  return `${ready} on ${host}:${service.port} (${service.protocol})`;
}

/** How the process of a round ended: "exit 0", "SIGTERM", "SIGKILL by the drill". */
export function exitText({ exit }: Round): string {
  if (exit === null) return 'still running';
  if (exit.killed) return 'SIGKILL by the drill';
  return exit.signal ?? `exit ${exit.code}`;
}

/** "round 2", or "round 8, without kept connections" */
export function roundText({ number, kind, note }: Round): string {
  if (kind === 'witness') return `round ${number}`;
  return `round ${number}, ${note ?? kind.replace('-', ' ')}`;
}

/** The round that shows most: of those that count, the one in which most was lost; undefined where none was held. */
export function shown({ rounds }: Drilled): Round | undefined {
  const rank = (round: Round) =>
    (round.unreliable === null ? 4 : 0) +
    (round.kind === 'witness' ? 2 : round.kind === 'difference' ? 0 : 1);
  return rounds.reduce<Round | undefined>((best, round) => {
    if (best === undefined || rank(round) > rank(best)) return round;
    return rank(round) === rank(best) && round.totals.lost > best.totals.lost ? round : best;
  }, undefined);
}
