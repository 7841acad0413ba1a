import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:net';
import { fileURLToPath } from 'node:url';

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

const running = new Set<Child>();

/** A program under test: what it printed, how it ended, and the events to wait for instead of sleeping. */
export class Child {
  stdout = '';
  stderr = '';
  /** Settles once the process has ended and its output has been read to the end. */
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  readonly #isGroup: boolean;
  #ended = false;
  readonly #waiting = new Set<() => void>();

  constructor(command: string, args: readonly string[] = [], options: SpawnOptions = {}) {
    const stdio = options.stdio ?? ['ignore', 'pipe', 'pipe'];
    this.#process = spawn(command, args, { ...options, stdio });
    this.#isGroup = options.detached === true;
    this.#process.stdout?.setEncoding('utf8').on('data', (text) => this.#read('stdout', text));
    this.#process.stderr?.setEncoding('utf8').on('data', (text) => this.#read('stderr', text));
    running.add(this);
    this.exited = once(this.#process, 'close').then(([code, signal]) => {
      this.#ended = true;
      running.delete(this);
      this.#wake();
      return { code, signal };
    });
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Nobody reads its stderr any more: what it writes there fails (EPIPE). */
  breakStderr(): void {
    this.#process.stderr?.destroy();
  }

  /** Resolves with the match as soon as what was printed so far fits; rejects if the process ends before. */
  async saw(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match) return match;
      if (this.#ended) throw new Error(`Ended before ${pattern} was seen.\n${this.transcript}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** The number after a word that the program printed, such as `listening 8080`. */
  async number(word: string): Promise<number> {
    const [, digits] = await this.saw(new RegExp(`^${word} (\\d+)$`, 'm'));
    return Number(digits);
  }

  /** What the program printed as one line of JSON after a word, such as `report {…}`. */
  async json<T>(word: string): Promise<T> {
    const [, text] = await this.saw(new RegExp(`^${word} (.+)$`, 'm'));
    return JSON.parse(text!) as T;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** What Ctrl-C does in a terminal: every process of the group gets the signal. Needs `detached: true`. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  send(message: string | object): void {
    this.#process.send?.(message);
  }

  /** Hands a listening socket on to it. */
  sendHandle(message: string, handle: Server): void {
    this.#process.send?.(message, handle);
  }

  get transcript(): string {
    return `stdout:\n${this.stdout}\nstderr:\n${this.stderr}`;
  }

  async kill(): Promise<void> {
    if (!this.#ended) this.#isGroup ? this.signalGroup('SIGKILL') : this.signal('SIGKILL');
    await this.exited;
  }

  #read(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

type FixtureOptions = {
  args?: readonly unknown[];
  env?: NodeJS.ProcessEnv;
  ipc?: boolean;
  detached?: boolean;
};

/** Starts a program of `fixtures/` with the Node that runs the tests. */
export function startFixture(name: string, { args = [], env, ipc, detached }: FixtureOptions = {}): Child {
  return new Child(process.execPath, [fixturePath(name), ...args.map(String)], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
    detached: detached ?? false,
  });
}

/** For `afterEach`: a failed test leaves no program behind. */
export async function killLeftovers(): Promise<void> {
  await Promise.all([...running].map((child) => child.kill()));
}
