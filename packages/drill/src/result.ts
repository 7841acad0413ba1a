import { release } from 'node:os';
import { situationsOf, summaryOf, sumOf, worstOf } from './judge/sum.js';
import { type Reason, unprovedText } from './judge/unproved.js';
import { type Code, type Drilled, type Finding, MODEL_VERSION, type Round } from './model.js';
import type { Settings } from './options.js';
import { DrillFailure } from './service/failure.js';
import { VERSION } from './version.js';

/** The findings that were asked for: each code once, errors first. */
export function chosen(findings: readonly Finding[], settings: Settings): Finding[] {
  return codesOf(findings)
    .filter((code) => isAskedFor(code, settings))
    .map((code) => merged(findings.filter((finding) => finding.code === code)))
    .map((finding) =>
      settings.allow.includes(finding.code) ? { ...finding, severity: 'warn' as const } : finding,
    )
    .sort((a, b) => rank(a) - rank(b) || (a.code < b.code ? -1 : 1));
}

function codesOf(findings: readonly Finding[]): Code[] {
  return [...new Set(findings.map(({ code }) => code))];
}

function isAskedFor(code: Code, { only, skip }: Settings): boolean {
  return (only.length === 0 || only.includes(code)) && !skip.includes(code);
}

/** What is known of the process says more than what was lost by it: it comes first, and takes on the count. */
function merged([first, ...others]: Finding[]): Finding {
  const lost = Math.max(first?.lost ?? 0, ...others.map((finding) => finding.lost));
  const situations = [first, ...others].flatMap((finding) => finding?.situations ?? []);
  const severity = [first, ...others].some((finding) => finding?.severity === 'error') ? 'error' : 'warn';
  return { ...(first as Finding), severity, lost, situations: [...new Set(situations)] };
}

function rank({ severity }: Finding): number {
  return severity === 'error' ? 0 : 1;
}

export interface Parts {
  settings: Settings;
  startedAt: Date;
  service: Drilled['service'];
  rounds: Round[];
  /** Why rounds prove nothing, where some do not. */
  reasons: Reason[];
  /** All that was found; what is told is chosen of them. */
  findings: readonly Finding[];
  failure: DrillFailure | null;
  interrupted: boolean;
}

export function resultOf({ settings, startedAt, service, rounds, findings: all, ...how }: Parts): Drilled {
  const findings = chosen(all, settings);
  const reliable = rounds.filter(({ unreliable }) => unreliable === null);
  // What other rounds have found is there; that they have found nothing proves nothing.
  const found = findings.some(({ severity, code }) => severity === 'error' && code !== 'D090');
  const proved =
    reliable.some(({ kind }) => kind === 'witness' || kind === 'rolling') || found || how.interrupted;
  const failure = how.failure ?? (proved ? null : new DrillFailure('unreliable', unprovedText(how.reasons)));
  const lost = findings.some(({ severity }) => severity === 'error');
  const verdict = how.interrupted ? 'interrupted' : failure !== null ? 'undrilled' : lost ? 'lost' : 'passed';
  const result: Drilled = {
    version: MODEL_VERSION,
    drill: VERSION,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    platform: { node: process.version, os: process.platform, kernel: release() },
    command: [...settings.command],
    options: {
      ...{ url: settings.url, signal: settings.signal, graceMs: settings.graceMs },
      ...{ rounds: settings.rounds, clients: settings.clients, preStopMs: settings.preStopMs },
      platform: settings.platform,
      ...{
        rolling: settings.rolling,
        proxy: settings.rolling === null ? null : (settings.proxy ?? 'builtin'),
      },
    },
    service,
    findings,
    situations: situationsOf(reliable, findings),
    worst: worstOf(reliable),
    totals: sumOf(reliable.map(({ totals }) => totals)),
    rounds,
    verdict,
    failure: failure?.toJSON() ?? null,
    summary: '',
    exitStatus: { passed: 0, lost: 1, undrilled: 2, interrupted: 130 }[verdict] as Drilled['exitStatus'],
  };
  const errors = all.filter(({ severity }) => severity === 'error');
  const leftOut = codesOf(errors).filter((code) => !isAskedFor(code, settings));
  return { ...result, summary: summaryOf(result, leftOut.sort()) };
}
