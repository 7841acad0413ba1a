import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A new directory that is gone when this process is, whatever way it ends. @param {string} name */
export function temporaryDirectory(name) {
  const directory = mkdtempSync(path.join(os.tmpdir(), `drill-${name}-`));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
