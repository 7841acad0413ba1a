import { listed } from '../enumeration.js';
import type { Drilled, Finding } from '../model.js';
import { ends, type Look, type Paint, paintOf, wrap } from './look.js';
import { timelineOf } from './timeline.js';
import {
  commandText,
  evidenceOf,
  markOf,
  roundsOf,
  roundText,
  serviceText,
  shown,
  totalsText,
  VERDICTS,
} from './words.js';

const INDENT = ' '.repeat(10);
const WRITE = 'write: ';

/** The report for eyes: findings, what went well, a little timeline; the verdict is the last line. */
export function terminalReport(drilled: Drilled, look: Look): string {
  const paint = paintOf(look);
  const lines = [
    ...headOf(drilled, look, paint),
    ...drilled.findings.flatMap((finding) =>
      linesOf(finding, sameFix(drilled.findings, finding), look, paint),
    ),
    ...fineOf(drilled, look, paint),
    ...timeOf(drilled, look, paint),
    ...(drilled.failure?.output ?? []).map((line) => paint.dim(`  | ${line}`)),
    ...verdictOf(drilled, look, paint),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function headOf(drilled: Drilled, look: Look, paint: Paint): string[] {
  const { service } = drilled;
  if (service === null) return [`  ${paint.bold(commandText(drilled))}`, ''];
  const listeners = listed(service.listeners.map(String));
  const listens = service.listeners.length === 1 ? `pid ${listeners} listens` : `pids ${listeners} listen`;
  const command = commandText(drilled);
  const [first, ...others] = [`${command}   ${serviceText(drilled)}`, listens];
  const line = `  ${first}   ${listens}`;
  const text =
    line.length <= look.width ? [line] : [`  ${command}`, `  ${serviceText(drilled)}`, `  ${others}`];
  return [...text.map((part) => part.replace(command, paint.bold)), ''];
}

/** The finding before it that is mended by the same lines. */
function sameFix(findings: readonly Finding[], { code, fix }: Finding): string | undefined {
  const first = findings.find((finding) => finding.fix === fix);
  return first === undefined || first.code === code ? undefined : first.code;
}

function linesOf(finding: Finding, same: string | undefined, look: Look, paint: Paint): string[] {
  const colour = finding.severity === 'error' ? paint.red : paint.yellow;
  const room = look.width - INDENT.length;
  const [first = '', ...more] = wrap(finding.title, room);
  const rounds = roundsOf(finding);
  const name = `  ${markOf(finding)} ${finding.code}  `;
  const [head, below] = ends(
    `${name}${more.length > 0 ? (more.at(-1) as string) : first}`,
    rounds,
    look.width,
    INDENT,
  );
  const titles =
    more.length === 0
      ? [head.replace(first, paint.bold)]
      : [
          `${name}${paint.bold(first)}`,
          ...more.slice(0, -1).map((line) => `${INDENT}${paint.bold(line)}`),
          head.replace(name, INDENT),
        ];
  const [top = '', ...rest] = [...titles, ...(below === undefined ? [] : [below])];
  return [
    top.replace(name, colour(name)).replace(rounds, paint.dim),
    ...rest.map((line) => line.replace(rounds, paint.dim)),
    ...wrap(finding.why, room).map((line) => `${INDENT}${line}`),
    ...wrap(evidenceOf(finding), room).map((line) => `${INDENT}${paint.dim(line)}`),
    ...fixOf(same === undefined ? finding.fix : `the same as for ${same}`, room, paint),
    '',
  ];
}

/** What ends as code ends, or has a comment behind it, or is one, is to be copied: it is not broken. */
const CODE = /[;{})]$|(^|; )\/\//;

function fixOf(fix: string, room: number, paint: Paint): string[] {
  const width = room - WRITE.length;
  const lines = fix
    .split('\n')
    .flatMap((line) => (CODE.test(line) ? commentFirst(line, width) : wrap(line, width)));
  return lines.map((line, index) => {
    const before = index === 0 ? paint.bold(WRITE) : ' '.repeat(WRITE.length);
    return `${INDENT}${before}${paint.cyan(line)}`;
  });
}

/** A comment that there is no room for behind its line stands above it. */
function commentFirst(line: string, width: number): string[] {
  const [, code, comment] = /^(.*;) (\/\/ .*)$/.exec(line) ?? [];
  if (code === undefined || comment === undefined || line.length <= width) return [line];
  return [comment, code];
}

function fineOf({ situations }: Drilled, look: Look, paint: Paint): string[] {
  const titles = situations.filter(({ ok }) => ok).map(({ title }) => title.replaceAll(' ', '\u00a0'));
  if (titles.length === 0) return [];
  const [first = '', ...more] = wrap(titles.join(' · '), look.width - 4);
  return [`  ${paint.green('✓')} ${first}`, ...more.map((line) => `    ${line}`), ''];
}

function timeOf(drilled: Drilled, look: Look, paint: Paint): string[] {
  const round = shown(drilled);
  if (round === undefined) return [];
  const text = `${roundText(round)}: ${totalsText(round.totals)}`;
  const lines = wrap(text, look.width - 3).map((line) => paint.dim(`   ${line}`));
  return [...lines, ...timelineOf(round, look, paint), ''];
}

function verdictOf(drilled: Drilled, look: Look, paint: Paint): string[] {
  const word = VERDICTS[drilled.verdict];
  const colour = drilled.verdict === 'passed' ? paint.green : paint.red;
  const seconds = `${(drilled.durationMs / 1_000).toFixed(1)} s`;
  const indent = ' '.repeat(word.length + 4);
  const [line, below] = ends(`  ${word}  ${drilled.summary}`, seconds, look.width, indent);
  const room = look.width - indent.length;
  const [first = '', ...more] =
    below === undefined
      ? [line.slice(indent.length)]
      : wrap(`${drilled.summary} (${seconds.replace(' ', '\u00a0')})`, room);
  const lines = [`  ${paint.bold(colour(word))}  ${first}`, ...more.map((text) => `${indent}${text}`)];
  return lines.map((text) => text.replace('\u00a0', ' '));
}
