import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** @type {string | undefined} */
let root;

/** A new directory that is gone when this process is, whatever way it ends. @param {string} name */
export function temporaryDirectory(name) {
  root ??= makeRoot();
  return mkdtempSync(path.join(root, `${name}-`));
}

function makeRoot() {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'drill-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
