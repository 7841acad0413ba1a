import type { Server } from 'node:net';
import type { Drain } from '../drain/drain.js';
import type { DrainOptions } from '../drain/options.js';
import { readEnvironment } from './environment.js';
import { HeldSignal } from './held-signal.js';
import { answerProbes } from './probes-before.js';
import type { Arrival } from './signal-gate.js';
import { lossLogger } from './stderr.js';

/** What `register` does once a server of HTTP begins to listen, or the program uses http-drain itself. */
export interface Attendant {
  readonly options: DrainOptions;
  /** Does no server listen any more, and is none left with connections? */
  readonly isIdle: boolean;
  /** Takes a server that begins to listen; false if it is none to be drained. */
  attends(server: Server): boolean;
  /** A signal has come: true if it is delivered later. */
  keeps(arrival: Arrival): boolean;
}

/** @param processDrain - asked for late: its options are from here */
export function attend(processDrain: () => Drain): Attendant {
  const { options, probes } = readEnvironment(process.env);
  let held: HeldSignal | undefined;
  return {
    options,
    get isIdle() {
      return processDrain().snapshot().servers.length === 0;
    },
    attends(server) {
      const drain = processDrain();
      if (!drain.attend(server)) return false;
      answerProbes(server, drain, probes);
      return true;
    },
    keeps(arrival) {
      held ??= new HeldSignal(processDrain(), lossLogger);
      return held.keeps(arrival);
    },
  };
}
