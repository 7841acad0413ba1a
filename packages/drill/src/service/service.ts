import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Family, MARK, signal } from '../proc/family.js';
import { processRow } from '../proc/processes.js';
import { DrillFailure } from './failure.js';
import type { Guard } from './guard.js';
import { plain } from './plain.js';

export interface Exit {
  /** By performance.now(). */
  at: number;
  code: number | null;
  signal: NodeJS.Signals | null;
}

const KEPT_LINES = 20;

/** The command of the drill, started afresh for a round, in a session of its own. */
export class Service {
  exit: Exit | undefined;
  /** Resolves when the process that was started is gone; others of its family may live on. */
  readonly exited: Promise<Exit>;
  readonly startedAt = performance.now();
  #output = '';

  private constructor(
    readonly command: readonly string[],
    readonly child: ChildProcess,
    readonly pid: number,
    readonly family: Family,
    readonly guard: Guard,
    /** Added to the drill's own environment. */
    readonly env: NodeJS.ProcessEnv,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-16_384);
      });
      stream?.on('error', () => {});
    }
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signalName) => {
        this.exit = { at: performance.now(), code, signal: signalName };
        resolve(this.exit);
      });
    });
  }

  /** @throws DrillFailure where there is no such command, or it may not be run. */
  static async start(
    command: readonly string[],
    guard: Guard,
    pid1 = false,
    env: NodeJS.ProcessEnv = {},
  ): Promise<Service> {
    const mark = guard.mark();
    const [file = '', ...args] = pid1 ? [...AS_PID_1, ...command] : command;
    const child = spawn(file, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, [MARK]: mark },
    });
    if (child.pid === undefined) {
      const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
      throw cannotStart(command, error);
    }
    child.on('error', () => {});
    const family = guard.family(child.pid, mark);
    const pid = pid1 ? await childOf(child.pid, family) : child.pid;
    return new Service(command, child, pid, family, guard, env);
  }

  /** The last lines that it wrote, to either stream; plain text, wherever they are shown. */
  get output(): string[] {
    const lines = plain(this.#output)
      .split('\n')
      .map((line) => line.trimEnd());
    return lines.filter((line) => line !== '').slice(-KEPT_LINES);
  }

  signal(name: NodeJS.Signals): void {
    signal(this.pid, name);
  }

  /** Ends all of its family at once, whatever it is doing. */
  async kill(): Promise<void> {
    await this.guard.end(this.family);
    if (this.exit === undefined) await this.exited;
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
  }
}

/** As in a container: the command is process 1 of its own pid namespace. */
const AS_PID_1 = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--'];

/** The process that unshare has forked. */
async function childOf(parent: number, family: Family): Promise<number> {
  for (let tries = 0; tries < 400; tries++) {
    const child = family.living().find((pid) => processRow(pid)?.parent === parent);
    if (child !== undefined) return child;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new DrillFailure(
    'permission',
    '--pid1 needs the right to make a pid namespace (as root): unshare(1) failed.',
  );
}

function cannotStart(command: readonly string[], error: NodeJS.ErrnoException): DrillFailure {
  const [file = ''] = command;
  if (error.code === 'EACCES') {
    return new DrillFailure('permission', `Cannot run \`${file}\`: permission denied (is it executable?).`);
  }
  const hint =
    command.length === 1 && file.includes(' ')
      ? `: write the command without quotes, or as: sh -c '${file}'`
      : ': no such file, and nothing of that name in PATH';
  return new DrillFailure('command-not-found', `There is no command \`${file}\`${hint}.`);
}
