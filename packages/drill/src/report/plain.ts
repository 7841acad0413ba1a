import type { Drilled, Finding } from '../model.js';

/** A plain report, for eyes; its last line is the verdict. */
export function plainReport(drilled: Drilled): string {
  const lines: string[] = [];
  const { service } = drilled;
  if (service !== null) {
    const where = `${service.host}:${service.port} (${service.protocol})`;
    const pids = service.listeners.join(', ');
    lines.push(
      `  ${drilled.command.join(' ')}   ready in ${(service.readyMs / 1_000).toFixed(1)} s on ${where}   pid ${pids} listens`,
      '',
    );
  }
  for (const finding of drilled.findings) lines.push(...linesOf(finding));
  const fine = drilled.situations.filter(({ ok }) => ok).map(({ title }) => title);
  if (fine.length > 0) lines.push(`  ✓ ${fine.join(' · ')}`, '');
  if (drilled.failure !== null) lines.push(...drilled.failure.output.map((line) => `  | ${line}`));
  const seconds = `${(drilled.durationMs / 1_000).toFixed(1)} s`;
  const word = { passed: 'PASSED', lost: 'FAILED', undrilled: 'NOT DRILLED', interrupted: 'INTERRUPTED' }[
    drilled.verdict
  ];
  lines.push(`  ${word}  ${drilled.summary}   ${seconds}`);
  return `${lines.join('\n')}\n`;
}

function linesOf(finding: Finding): string[] {
  const mark = finding.severity === 'error' ? '✗' : '!';
  const { hit, of } = finding.rounds;
  return [
    `  ${mark} ${finding.code}  ${finding.title}   ${hit} of ${of} rounds`,
    `          ${finding.why}`,
    `          ${finding.certainty}: ${finding.evidence.join('; ')}`,
    ...finding.fix
      .split('\n')
      .map((line, index) => `          ${index === 0 ? 'write: ' : '       '}${line}`),
    '',
  ];
}
