import type { Drilled, Finding } from '../model.js';
import { commandText, evidenceOf, roundsOf, VERDICTS } from './words.js';

/** Annotations for GitHub Actions (workflow commands); the verdict, a plain line, is the last one. */
export function githubReport(drilled: Drilled): string {
  const verdict = `${VERDICTS[drilled.verdict]}  ${drilled.summary}`;
  const lines = [
    ...drilled.findings.map(annotation),
    ...(drilled.verdict === 'undrilled' || drilled.verdict === 'interrupted' ? [undrilled(drilled)] : []),
    verdict,
  ];
  return `${lines.join('\n')}\n`;
}

function annotation(finding: Finding): string {
  const level = finding.severity === 'error' ? 'error' : 'warning';
  const text = [finding.why, `${evidenceOf(finding)} (${roundsOf(finding)})`, `write: ${finding.fix}`];
  return command(level, `${finding.code} ${finding.title}`, text.join('\n'));
}

function undrilled(drilled: Drilled): string {
  const output = drilled.failure?.output ?? [];
  return command('error', `could not drill ${commandText(drilled)}`, [drilled.summary, ...output].join('\n'));
}

function command(level: 'error' | 'warning', title: string, message: string): string {
  const escaped = escapeText(title).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return `::${level} title=${escaped}::${escapeText(message)}`;
}

function escapeText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
