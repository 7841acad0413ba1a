import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Family } from '../proc/family.js';

const OVER = 'The drill is over: nothing is started any more.';

/**
 * Knows all that the drill has started, and sees to it that none of it outlives the drill: by its own hand where the
 * drill ends in order, by a watchdog process where it does not.
 */
export class Guard {
  readonly #families = new Set<Family>();
  readonly #folders: string[] = [];
  readonly #watchdog: ChildProcess;
  #closed = false;

  constructor() {
    this.#watchdog = spawn(process.execPath, [join(__dirname, 'watchdog.js')], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      // Nothing that the user loads into each Node process belongs into this one.
      env: { PATH: process.env.PATH ?? '' },
    });
    this.#watchdog.on('error', () => {});
    this.#watchdog.stdin?.on('error', () => {});
    this.#watchdog.unref();
  }

  /** A mark for a family that is about to be born; the watchdog knows it before there is anyone to find. */
  mark(): string {
    if (this.#closed) throw new Error(OVER);
    const mark = randomBytes(8).toString('hex');
    this.#tell(`family ${mark}`);
    return mark;
  }

  family(root: number, mark: string): Family {
    this.#tell(`family ${mark} ${root}`);
    const family = new Family(root, mark, ({ pid, startedAt }) => this.#tell(`member ${pid} ${startedAt}`));
    this.#families.add(family);
    return family;
  }

  /** A folder for files that are needed as long as the drill lasts; the watchdog knows it before it is there. */
  folder(): string {
    if (this.#closed) throw new Error(OVER);
    const path = join(tmpdir(), `http-drain-drill-${randomBytes(8).toString('hex')}`);
    this.#tell(`folder ${encodeURIComponent(path)}`);
    mkdirSync(path, { mode: 0o700 });
    this.#folders.push(path);
    return path;
  }

  /** Ends what it guards; the guard goes on. */
  async end(family: Family): Promise<void> {
    await family.kill();
    this.#families.delete(family);
  }

  /** Ends everything, the watchdog last. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#families].map((family) => this.end(family)));
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
    await new Promise<void>((resolve) => {
      if (this.#watchdog.exitCode !== null || this.#watchdog.pid === undefined) return resolve();
      this.#watchdog.once('exit', () => resolve());
      this.#watchdog.ref();
      this.#watchdog.stdin?.end('bye\n');
    });
  }

  #tell(line: string): void {
    this.#watchdog.stdin?.write(`${line}\n`);
  }
}
