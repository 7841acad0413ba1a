import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Lines, Wanted } from '../table-reader.js';

/** Reads tables in a thread of its own, which keeps nothing alive. */
class Reader {
  readonly #worker = new Worker(join(__dirname, 'table-reader.js'), { env: {}, execArgv: [] });
  readonly #waiting = new Map<number, (lines: string[][]) => void>();
  #last = 0;

  constructor() {
    const rest = () => this.#waiting.size === 0 && this.#worker.unref();
    rest();
    // Once it runs it holds the process again (Node 20 to 24).
    this.#worker.once('online', rest);
    this.#worker.on('message', ({ id, lines }: Lines) => {
      this.#waiting.get(id)?.(lines);
      this.#waiting.delete(id);
      rest();
    });
  }

  read(table: string, end: string): Promise<string[][]> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.ref();
      this.#worker.postMessage({ id, table, end } satisfies Wanted);
    });
  }
}

let reader: Reader | undefined;

/** Starts the thread, which takes a moment, before anybody waits for it. */
export function startReading(): void {
  reader ??= new Reader();
}

/** The fields of all lines of a table whose own port ends so. */
export function readLines(table: string, end: string): Promise<string[][]> {
  startReading();
  return (reader as Reader).read(table, end);
}
