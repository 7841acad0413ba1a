import { accessSync, constants, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { must } from '../kinds.js';
import type { Drilled } from '../model.js';
import { DrillFailure } from '../service/failure.js';
import { htmlPicture } from './picture/html.js';
import { svgPicture } from './picture/svg.js';
import { REPORTER, type Reporter, report } from './report.js';

/** How a drill is told, and into which files its picture goes. */
export interface Telling {
  reporter: Reporter;
  html: string | null;
  svg: string | null;
}

export const TELLING: Telling = { reporter: 'tty', html: null, svg: null };

/** The flags that say so. */
export const TELLING_VALUES: Record<string, (telling: Telling, value: string, flag: string) => void> = {
  '--reporter': (telling, value, flag) => {
    telling.reporter = must(REPORTER, value, flag);
  },
  '--html': (telling, value, flag) => {
    telling.html = file(value, flag);
  },
  '--svg': (telling, value, flag) => {
    telling.svg = file(value, flag);
  },
};

/** Looked at before the drill: after it, it would have been for nothing. */
function file(value: string, flag: string): string {
  if (value === '') throw new DrillFailure('usage', `Expected ${flag} to be a file, got "".`);
  try {
    accessSync(dirname(value), constants.W_OK);
  } catch {
    throw new DrillFailure(
      'usage',
      `Expected ${flag} to be a file in a folder that can be written to, got "${value}".`,
    );
  }
  if (statSync(value, { throwIfNoEntry: false })?.isDirectory())
    throw new DrillFailure('usage', `Expected ${flag} to be a file, got the folder "${value}".`);
  return value;
}

/** Writes the report and the pictures; resolves when all of it is out. */
export async function tell(drilled: Drilled, telling: Telling, stream: Writable): Promise<void> {
  if (telling.html !== null) await writeFile(telling.html, htmlPicture(drilled));
  if (telling.svg !== null) await writeFile(telling.svg, `${svgPicture(drilled)}\n`);
  await report(drilled, telling.reporter, stream);
}
