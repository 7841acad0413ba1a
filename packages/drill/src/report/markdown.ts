import type { Drilled, Finding, Situation } from '../model.js';
import {
  commandText,
  markOf,
  roundsOf,
  roundText,
  serviceText,
  shown,
  time,
  totalsText,
  VERDICTS,
} from './words.js';

/** For a pull request, a wiki, or the summary of a CI job. The verdict is its heading and its last line. */
export function markdownReport(drilled: Drilled): string {
  const verdict = `${VERDICTS[drilled.verdict]}: ${drilled.summary}`;
  const parts = [
    `## ${drilled.verdict === 'passed' ? '✓' : '✗'} ${escapeText(verdict)}`,
    `${code(commandText(drilled))} ${escapeText(serviceText(drilled))}`,
    ...table(
      ['', 'code', 'what', 'lost', 'rounds'],
      drilled.findings.map((finding) => [
        markOf(finding),
        finding.code,
        escapeText(finding.title),
        `${finding.lost}`,
        roundsOf(finding),
      ]),
    ),
    ...drilled.findings.map(details),
    ...situations(drilled.situations),
    ...moments(drilled),
    ...output(drilled),
    `**${escapeText(verdict)}** (${(drilled.durationMs / 1_000).toFixed(1)} s)`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function details(finding: Finding): string {
  return [
    `<details><summary>${finding.code}: ${html(finding.title)}</summary>`,
    escapeText(finding.why),
    `*${finding.certainty}*: ${escapeText(finding.evidence.join('; '))}`,
    'Write:',
    fence(finding.fix),
    '</details>',
  ].join('\n\n');
}

function situations(all: readonly Situation[]): string[] {
  const rows = all.map(({ title, ok, totals, codes }) => [
    ok ? '✓' : '✗',
    escapeText(title),
    totalsText(totals),
    codes.join(' '),
  ]);
  return table(['', 'where a request was', 'how it ended, all rounds', 'findings'], rows);
}

function moments(drilled: Drilled): string[] {
  const round = shown(drilled);
  if (round === undefined) return [];
  const told = round.moments
    .filter(({ what }) => what !== 'frozen' && what !== 'thawed')
    .map(({ at, text }) => `${time(at)} ${escapeText(text)}`);
  return [`In ${escapeText(roundText(round))}: ${told.join(' · ')}`];
}

function output({ failure }: Drilled): string[] {
  return failure === null || failure.output.length === 0
    ? []
    : ['The last that the service wrote:', fence(failure.output.join('\n'))];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')];
}

/** Its own fence is longer than any in the text. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}\n${text}\n${ticks}`;
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function escapeText(text: string): string {
  return text.replace(/[\\`*_[\]|#]/g, '\\$&').replace(/[<>&]/g, (letter) => html(letter));
}

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
