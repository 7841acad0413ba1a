import type { Drilled, Finding } from '../model.js';
import { commandText, evidenceOf, roundsOf, totalsText } from './words.js';
import { element, escapeXml } from './xml.js';

/**
 * JUnit's XML, as CI systems read it: a test case for each finding (an error fails, a warning passes and is told) and for
 * each situation in which nothing was lost.
 */
export function junitReport(drilled: Drilled): string {
  const cases = casesOf(drilled);
  const counts = {
    tests: cases.length,
    failures: drilled.findings.filter(({ severity }) => severity === 'error').length,
    errors: isUndrilled(drilled) ? 1 : 0,
    time: `${drilled.durationMs / 1_000}`,
  };
  const suite = element(
    'testsuite',
    { name: `drill: ${commandText(drilled)}`, ...counts, skipped: 0, timestamp: drilled.startedAt },
    ...cases.map((one) => `\n    ${one}`),
    `\n    ${element('system-out', {}, escapeXml(drilled.summary))}\n  `,
  );
  const suites = element('testsuites', { name: 'drill', ...counts }, `\n  ${suite}\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${suites}\n`;
}

function casesOf(drilled: Drilled): string[] {
  const fine = drilled.situations
    .filter(({ ok }) => ok)
    .map(({ title, totals }) =>
      testcase('situation', title, element('system-out', {}, escapeXml(totalsText(totals)))),
    );
  return [...undrilled(drilled), ...drilled.findings.map(caseOf), ...fine];
}

function isUndrilled({ verdict }: Drilled): boolean {
  return verdict === 'undrilled' || verdict === 'interrupted';
}

function undrilled(drilled: Drilled): string[] {
  if (!isUndrilled(drilled)) return [];
  const type = drilled.failure?.kind ?? drilled.verdict;
  const output = escapeXml((drilled.failure?.output ?? []).join('\n'));
  return [testcase('drill', 'the drill', element('error', { message: drilled.summary, type }, output))];
}

function caseOf(finding: Finding): string {
  const text = [finding.why, evidenceOf(finding), roundsOf(finding), `write: ${finding.fix}`].join('\n');
  const message = `${finding.code} ${finding.title}`;
  const result =
    finding.severity === 'error'
      ? element('failure', { message, type: finding.code }, escapeXml(text))
      : element('system-out', {}, escapeXml(`warning: ${text}`));
  return testcase('finding', message, result);
}

function testcase(kind: string, name: string, ...children: string[]): string {
  return element('testcase', { classname: `drill.${kind}`, name }, ...children);
}
