import { appendFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { must, oneOf } from '../kinds.js';
import type { Drilled } from '../model.js';
import { githubReport } from './github.js';
import { junitReport } from './junit.js';
import { type Look, lookOf } from './look.js';
import { markdownReport } from './markdown.js';
import { terminalReport } from './terminal.js';

/** The ways in which a drill can be told. */
export const REPORTERS = ['tty', 'json', 'junit', 'github', 'markdown'] as const;

export type Reporter = (typeof REPORTERS)[number];

export const REPORTER = oneOf(REPORTERS);

/** A report as text; `look` concerns `tty` alone. */
export function render(drilled: Drilled, reporter: Reporter, look: Look): string {
  switch (reporter) {
    case 'tty':
      return terminalReport(drilled, look);
    case 'json':
      return `${JSON.stringify(drilled, null, 2)}\n`;
    case 'junit':
      return junitReport(drilled);
    case 'github':
      return githubReport(drilled);
    case 'markdown':
      return markdownReport(drilled);
  }
}

/**
 * Writes a report, and resolves when the stream has taken all of it. `github` also adds the Markdown report to the file
 * that GITHUB_STEP_SUMMARY names, where it names one.
 *
 * Rejects where there is no such reporter, in one sentence.
 */
export async function report(
  drilled: Drilled,
  reporter: Reporter,
  stream: Writable,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  must(REPORTER, reporter, 'the reporter');
  const text = render(drilled, reporter, lookOf(stream, env));
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
  const summary = env.GITHUB_STEP_SUMMARY ?? '';
  if (reporter === 'github' && summary !== '') await appendFile(summary, `${markdownReport(drilled)}\n`);
}
