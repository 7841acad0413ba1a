import { AsyncLocalStorage } from 'node:async_hooks';
import { elapsed, now } from '../node/clock.js';
import { DrainError, describeError } from './errors.js';

export type HookStage = 'beforeDrain' | 'afterDrain';

/** What became of a hook. */
export interface HookReport {
  name: string;
  stage: HookStage;
  /** Milliseconds until it settled, or until it was no longer waited for. */
  durationMs: number;
  /** Name and message of what it threw or was rejected with, or that it did not settle in time. */
  error?: string;
}

export type HookFunction = () => unknown;

/** A hook, or work that is waited for, which has been called. */
interface Call {
  readonly drain: object;
  /** The one in which it was called. */
  readonly outer: Call | undefined;
  settled: boolean;
}

/** The call that we are in: in all that it calls and awaits, and in all that it has begun and that goes on after it. */
const inside = new AsyncLocalStorage<Call>();
let running = 0;

/** Calls a hook of `drain`, or work that it waits for, so that `hookOf()` knows it until it has settled. */
export async function runInside(drain: object, fn: HookFunction): Promise<void> {
  running++;
  const call: Call = { drain, outer: unsettled(), settled: false };
  try {
    await inside.run(call, async () => fn());
  } finally {
    call.settled = true;
    // As long as it is in use, every promise of the process costs more.
    if (--running === 0) inside.disable();
  }
}

/** Of one that has settled nobody waits any more. */
function unsettled(): Call | undefined {
  let call = inside.getStore();
  while (call?.settled) call = call.outer;
  return call;
}

/** The drain whose hook we are in, if we are: whoever waits there for its end waits for himself. */
export const hookOf = (): object | undefined => unsettled()?.drain;

/** Has the hook that we are in settled? Asked later: whoever does not wait in it lets it settle. */
export function hookIsOver(): () => boolean {
  const call = unsettled();
  return () => call === undefined || call.settled;
}

interface Hook {
  readonly name: string;
  readonly fn: HookFunction;
}

interface StartedHook {
  readonly name: string;
  readonly since: number;
  /** There once it has settled. */
  durationMs?: number;
  error?: string;
}

/**
 * The hooks of one stage. Each is awaited before the next one starts, but for no more than its share of the time
 * that is left, so that one that hangs does not keep the others from running.
 */
export class Hooks {
  readonly #waiting: Hook[] = [];
  readonly #started: StartedHook[] = [];

  /**
   * @param onSettled - called each time a hook has settled
   * @param drain - the drain that the hooks are of
   */
  constructor(
    readonly stage: HookStage,
    readonly onSettled: () => void,
    readonly drain: object = {},
  ) {}

  get size(): number {
    return this.#waiting.length;
  }

  /** Those that have not settled: first the ones under way, then those to come, in the order in which they will be. */
  get unsettled(): string[] {
    const running = this.#started.filter(({ durationMs }) => durationMs === undefined);
    const waiting = this.stage === 'afterDrain' ? this.#waiting.toReversed() : this.#waiting;
    return [...running, ...waiting].map(({ name }) => name);
  }

  /** Returns a function that takes the hook back. */
  add(name: string, fn: HookFunction): () => void {
    const hook = { name, fn };
    this.#waiting.push(hook);
    return () => {
      const index = this.#waiting.indexOf(hook);
      if (index >= 0) this.#waiting.splice(index, 1);
    };
  }

  /**
   * Runs all hooks: before-hooks in order, after-hooks newest first, those added meanwhile included.
   *
   * @param wait - waits until a hook has settled, or for a share of the time that there is
   */
  async run(wait: (settled: () => boolean, share: number) => Promise<void>): Promise<void> {
    for (let hook = this.#next(); hook; hook = this.#next()) {
      const started = this.#start(hook);
      await wait(() => started.durationMs !== undefined, 1 / (this.#waiting.length + 1));
    }
  }

  reports(): HookReport[] {
    return this.#started.map(({ name, since, durationMs, error }) => {
      const overdue = durationMs === undefined ? describeError(OVERDUE) : error;
      const report = { name, stage: this.stage, durationMs: durationMs ?? elapsed(since) };
      return overdue === undefined ? report : { ...report, error: overdue };
    });
  }

  #next(): Hook | undefined {
    return this.stage === 'afterDrain' ? this.#waiting.pop() : this.#waiting.shift();
  }

  #start({ name, fn }: Hook): StartedHook {
    const hook: StartedHook = { name, since: now() };
    this.#started.push(hook);
    const settled = () => {
      hook.durationMs = elapsed(hook.since);
      this.onSettled();
    };
    const failed = (error: unknown) => {
      hook.error = describeError(error);
      settled();
    };
    void runInside(this.drain, fn).then(settled, failed);
    return hook;
  }
}

const OVERDUE = new DrainError('HOOK_TIMEOUT', 'it did not settle in the time that was left');
