import { fileURLToPath } from 'node:url';
import type { Code, Drilled } from '../../../packages/drill/dist/index.js';
import { drill } from '../../../packages/drill/dist/index.js';

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));

interface Sin {
  name: string;
  code: Code;
  /** Where a round of it would take long. */
  graceMs?: number;
  /** Where it shows under load alone. */
  clients?: number;
  /** A shell around the service. */
  shell?: boolean;
}

/** Each server is right in everything but this; each must be found out by exactly this code. */
export const SINS: readonly Sin[] = [
  { name: 'behind-a-shell', code: 'D001', shell: true },
  { name: 'no-handler', code: 'D002' },
  { name: 'exit-0', code: 'D003' },
  { name: 'exit-1', code: 'D003' },
  { name: 'exit-late', code: 'D003' },
  { name: 'ignores', code: 'D004', graceMs: 2_500 },
  { name: 'hangs', code: 'D004', graceMs: 2_500 },
  { name: 'second-signal', code: 'D005' },
  { name: 'queue-reset', code: 'D007' },
  { name: 'closing-queue-reset', code: 'D007' },
  { name: 'unread-reset', code: 'D008' },
  { name: 'keeps-listening', code: 'D009' },
  { name: 'in-flight-cut', code: 'D010' },
  { name: 'in-flight-reset', code: 'D010' },
  { name: 'in-flight-at-last', code: 'D010' },
  { name: 'answer-cut', code: 'D011' },
  { name: 'answer-reset', code: 'D011' },
  { name: 'chunks-cut', code: 'D011' },
  { name: 'upload-reset', code: 'D012' },
  { name: 'half-fin', code: 'D013' },
  { name: 'half-reset', code: 'D013' },
  { name: 'late-503', code: 'D014' },
  { name: 'late-dropped', code: 'D014' },
  { name: 'late-kept-dropped', code: 'D014' },
  { name: 'closes-in-use', code: 'D015', clients: 64 },
  { name: 'keeps-idle', code: 'D020' },
  { name: 'lives-on', code: 'D021' },
  { name: 'lives-on-for-ever', code: 'D021' },
  { name: 'keeps-silent', code: 'D022' },
  { name: 'readiness-stays', code: 'D030' },
  { name: 'no-readiness', code: 'D031' },
  { name: 'liveness-fails', code: 'D032' },
  { name: 'no-close-header', code: 'D040' },
  { name: 'h2-no-goaway', code: 'D041' },
  { name: 'h2-unanswered', code: 'D042' },
  { name: 'h2-goaway-max', code: 'D043' },
  { name: 'keeps-streams', code: 'D022' },
  { name: 'no-close-frame', code: 'D044' },
  { name: 'exit-code', code: 'D050' },
];

/** What these do to a connection depends on where a request lies when they do it, which only the freeze tells. */
const WITHOUT_LOAD = ['unread-reset', 'half-fin', 'half-reset', 'upload-reset', 'keeps-idle', 'keeps-silent'];

/** Servers without a fault, of which nothing may be said. */
export const SAINTS = ['none', 'big-chunked', 'lame-duck'];

export function drillSin(
  { name, graceMs, shell, clients }: Omit<Sin, 'code'>,
  rounds: number,
): Promise<Drilled> {
  const command = [process.execPath, SERVER, name];
  return drill({
    command: shell ? ['sh', '-c', `${command.join(' ')}; true`] : command,
    slow: '/slow',
    big: '/big',
    ws: '/ws',
    sse: '/events',
    rounds,
    ...(graceMs === undefined ? {} : { graceMs }),
    clients: clients ?? (WITHOUT_LOAD.includes(name) ? 0 : 16),
  });
}

/** What it says of the service; that the machine was too busy is said of the drill. */
export function codesOf({ findings }: Drilled): Code[] {
  return findings.map(({ code }) => code).filter((code) => code !== 'D090');
}

/** The law that each request ends in exactly one way, in all rounds. */
export function conserves({ rounds }: Drilled): boolean {
  return rounds.every(({ totals, witnesses }) => {
    const { sent, ...outcomes } = totals;
    const visits = witnesses.reduce((sum, witness) => sum + witness.visits.length, 0);
    return sent === visits && sent === Object.values(outcomes).reduce((a, b) => a + b);
  });
}
