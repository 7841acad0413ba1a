#!/usr/bin/env node
import { parseCommandLine } from './command-line.js';
import { drill } from './drill.js';
import { tell } from './report/telling.js';
import { DrillFailure } from './service/failure.js';

async function main(): Promise<number> {
  const line = parseCommandLine(process.argv.slice(2));
  if ('say' in line) {
    process.stdout.write(line.say);
    return 0;
  }
  const aborting = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => aborting.abort());
  const { options, telling } = line;
  const progress = (text: string) => process.stderr.write(`  ${text}\n`);
  const drilled = await drill({ ...options, abort: aborting.signal, progress });
  await tell(drilled, telling, process.stdout);
  // What an interrupted round waited for need not be waited for.
  if (drilled.verdict === 'interrupted') process.exit(drilled.exitStatus);
  return drilled.exitStatus;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`  ${error instanceof DrillFailure ? error.message : (error as Error).stack}\n`);
    process.exitCode = 2;
  },
);
