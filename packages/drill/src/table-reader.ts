/**
 * A thread that reads the kernel's table of connections: it comes a page at a time, and each page would be a turn of the
 * drill's own event loop, which has better to do while the service is frozen. Gives the lines of one port alone.
 */
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

export interface Wanted {
  id: number;
  table: string;
  /** As the table has it: ":1F90". */
  end: string;
}

/** The fields of each line that is wanted. */
export interface Lines {
  id: number;
  lines: string[][];
}

parentPort?.on('message', ({ id, table, end }: Wanted) => {
  parentPort?.postMessage({ id, lines: linesOf(table, end) } satisfies Lines);
});

function linesOf(table: string, end: string): string[][] {
  return textOf(table)
    .split('\n')
    .filter((line) => line.includes(end))
    .map((line) => line.trim().split(/\s+/, 10))
    .filter(([, local]) => local?.endsWith(end));
}

function textOf(table: string): string {
  try {
    return readFileSync(table, 'latin1');
  } catch {
    return ''; // no IPv6 here
  }
}
