import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Command, FromSubject, Resolution, Setup } from './protocol.js';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
/** How long after its deadline a shutdown is waited for before it counts as never ending. */
const GIVE_UP_AFTER_MS = 2_500;

/** The test's end of one subject process. */
export class Subject {
  readonly #process: ChildProcess;
  readonly #replies = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  readonly #wake = new Set<() => void>();
  #entered: string[] = [];
  #resolution: Resolution | undefined;
  #exit: string | undefined;
  #nextId = 0;
  #begunAt = 0;
  /** Warnings, unhandled rejections and uncaught exceptions of the process since `start`. */
  notes: string[] = [];
  /** What the library's adapter told, in order. */
  log: string[] = [];
  ports: number[] = [];
  #setup!: Setup;

  constructor() {
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    // It hands on each warning that it hears; what Node prints of it would come once more, at any time.
    const env = { ...inherited, NODE_ENV: 'test', NODE_NO_WARNINGS: '1' };
    this.#process = fork(CHILD, [], {
      execArgv: ['--import', TSX],
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    });
    this.#process.on('message', (message: FromSubject) => this.#hear(message));
    this.#process.stderr?.on('data', (data) => this.notes.push(`stderr: ${data}`));
    this.#process.stdout?.resume();
    this.#process.on('exit', (code, signal) => {
      const exited = () => this.#exited(signal ?? `code ${code}`);
      // What it said last may still be on its way.
      this.#process.connected ? this.#process.once('disconnect', exited) : exited();
    });
    // A write that races with the end of the process.
    this.#process.on('error', () => {});
    this.#process.stdio[4]?.on('error', () => {});
  }

  get alive(): boolean {
    return this.#exit === undefined;
  }

  async start(setup: Setup): Promise<void> {
    this.notes = [];
    this.log = [];
    this.#entered = [];
    this.#resolution = undefined;
    this.#begunAt = 0;
    this.#setup = setup;
    this.ports = (await this.#tell({ do: 'start', setup })) as number[];
  }

  /** Begins the shutdown. Resolves after that call and some turns of the subject's loop. */
  async begin(calls = 1): Promise<void> {
    this.#begunAt = performance.now();
    await this.#tell({ do: 'begin', calls, afterHold: false });
  }

  /** Stops the subject's loop; whatever comes now lies in the kernel until `release()`. */
  async hold(): Promise<void> {
    await this.#tell({ do: 'hold' });
  }

  /** As `hold`, and the very first thing after the release is the shutdown, in the same turn. */
  async holdThenBegin(): Promise<void> {
    this.#begunAt = performance.now();
    await this.#tell({ do: 'begin', calls: 1, afterHold: true });
  }

  release(): void {
    (this.#process.stdio[4] as Writable).write('.');
  }

  async open(gate: string): Promise<void> {
    await this.#tell({ do: 'open', gate });
  }

  async ask<Value>(question: string): Promise<Value> {
    return (await this.#tell({ do: 'ask', question })) as Value;
  }

  /** Lets the subject's loop turn some times. */
  async turns(): Promise<void> {
    await this.#tell({ do: 'turns' });
  }

  /** Resolves when handlers of this path have been entered this many times since the start. */
  async entered(path: string, times = 1): Promise<void> {
    const count = () => this.#entered.filter((entered) => entered === path).length;
    await this.#until(() => count() >= times, `its handler of ${path} was entered ${times} times`);
  }

  timesEntered(path: string): number {
    return this.#entered.filter((entered) => entered === path).length;
  }

  get resolvedYet(): boolean {
    return this.#resolution !== undefined;
  }

  /** How the shutdown ended. Throws when it does not end even well after its deadline. */
  async resolved(): Promise<Resolution> {
    await this.#until(() => this.#resolution !== undefined, 'its shutdown came to an end');
    return this.#resolution as Resolution;
  }

  /** Ends this run, so that the process may be used for another. */
  async stop(): Promise<void> {
    if (this.alive) await this.#tell({ do: 'stop' });
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #tell(command: Command): Promise<unknown> {
    if (!this.alive) return Promise.reject(new Error(`the subject's process has ended (${this.#exit})`));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#replies.set(id, { resolve, reject });
      this.#process.send({ id, command });
    });
  }

  #hear(message: FromSubject): void {
    if ('re' in message) {
      const reply = this.#replies.get(message.re);
      this.#replies.delete(message.re);
      if (message.error === undefined) reply?.resolve(message.value);
      else reply?.reject(new Error(message.error));
      return;
    }
    if (message.event === 'entered') this.#entered.push(message.path);
    else if (message.event === 'note') this.notes.push(message.text);
    else if (message.event === 'log') this.log.push(message.text);
    else this.#resolution = message.resolution;
    for (const look of [...this.#wake]) look();
  }

  #exited(how: string): void {
    this.#exit = how;
    const tookMs = performance.now() - this.#begunAt;
    if (this.#begunAt > 0) this.#resolution ??= { tookMs, openSockets: 0, listening: 0, exited: how };
    for (const reply of this.#replies.values()) reply.resolve(undefined);
    this.#replies.clear();
    for (const look of [...this.#wake]) look();
  }

  #until(condition: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const ms = this.#setup.drain.deadlineMs + GIVE_UP_AFTER_MS;
      const giveUp = setTimeout(() => finish(new Error(`gave up after ${ms} ms waiting until ${what}`)), ms);
      const finish = (error?: Error) => {
        clearTimeout(giveUp);
        this.#wake.delete(look);
        error ? reject(error) : resolve();
      };
      const look = () => {
        if (condition()) finish();
        else if (this.#exit !== undefined)
          finish(new Error(`the process ended (${this.#exit}) before ${what}`));
      };
      this.#wake.add(look);
      look();
    });
  }
}
