import { now } from '../node/clock.js';
import { clearTimeout, setTimeout, type Timer } from '../node/timers.js';
import { turn } from '../node/turn.js';
import type { TrackedServer } from '../traffic/tracked-server.js';
import type { DrainState } from './drain-state.js';
import { STEP } from './faults.js';
import { cleanupReserve } from './options.js';

/** Time for forcing: at least so much, more where many connections are open, and at most so much of the deadline. */
const FORCING_MS = 100;
const FORCING_MS_EACH = 0.5;
const FORCING_SHARE = 1 / 20;
/** Of that time, what those may take to whom something is said at the last moment. */
const ANSWERING_SHARE = 0.75;
/** Loop turns within which an answer is with the kernel: HTTP/2 writes what there is in the next. */
const TURNS_TO_ANSWER = 3;
/** Loop turns within which destroyed sockets have closed. */
const TURNS_TO_CLOSE = 10;

/** Milliseconds that it takes to see through that what is open now is answered and destroyed. */
export function forcingMs({ family, options }: DrainState): number {
  const open = family.reduce((sum, { servers }) => sum + servers.openConnections, 0);
  return Math.min(Math.max(FORCING_MS, open * FORCING_MS_EACH), options.deadlineMs * FORCING_SHARE);
}

/** When forcing begins by itself: so long before the end that it is seen through, and the hooks have their time. */
export class ForceTimer {
  readonly #state: DrainState;
  readonly #force: () => void;
  #at = 0;
  #timer: Timer | undefined;

  constructor(state: DrainState, force: () => void) {
    this.#state = state;
    this.#force = force;
  }

  /** Milliseconds until then. */
  get leftMs(): number {
    return Math.max(0, this.#at - now());
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** Begins, or begins anew, for the hooks that there are now. */
  set(): void {
    const { clock, family, options } = this.#state;
    const forAfter = family.some(({ after }) => after.size > 0) ? cleanupReserve(options) : 0;
    const endAt = clock.endAt - forAfter;
    const at = (ms: number, callback: () => void) => {
      this.clear();
      this.#at = endAt - forcingMs(this.#state);
      this.#timer = setTimeout(callback, endAt - ms - now());
    };
    // How many connections there are to be forced shows then.
    at(options.deadlineMs * FORCING_SHARE, () => at(forcingMs(this.#state), this.#force));
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Answers whom it still can, and destroys what is open. Resolves when it has closed. */
export async function destroyAll(state: DrainState): Promise<void> {
  const { progress, servers, webSockets } = state;
  await turn();
  const destroyed = destroyServers(state, () => servers.main);
  // Those of tracked servers are gone by now, and told of; of others nobody else ends them.
  for (const closing of webSockets.values()) closing.terminate();
  await destroyed;
  progress.made();
}

/** The same of some servers. */
export async function destroyServers(state: DrainState, left: () => readonly TrackedServer[]): Promise<void> {
  const { faults } = state;
  for (const server of left()) faults.call(STEP, () => server.cutShort());
  await seeAnswered(state, left);
  for (const server of left()) faults.call(STEP, () => server.force());
  await seeClosed(left);
}

/** Those who were answered at the last moment are left the time for forcing to read it. */
async function seeAnswered(state: DrainState, left: () => readonly TrackedServer[]): Promise<void> {
  const { progress } = state;
  // So many that it has gone out; not more of them, since one may be long where much is still being sent.
  for (let turns = 0; turns < TURNS_TO_ANSWER; turns++) await turn();
  const endAt = now() + forcingMs(state) * ANSWERING_SHARE;
  while (left().length > 0 && (await progress.within(endAt - now())));
}

/** A destroyed socket is closed a loop turn later, or two: that is waited for, whatever the time is. */
export async function seeClosed(left: () => readonly TrackedServer[]): Promise<void> {
  for (let turns = 0; turns < TURNS_TO_CLOSE && left().length > 0; turns++) await turn();
}
