import { type AddressInfo, Server } from 'node:net';
import type { Drain } from '../drain/drain.js';
import { DEFAULTS, type DrainOptions } from '../drain/options.js';
import { setImmediate } from '../node/timers.js';
import { ClusterQueue, type ListenHandle } from './cluster-queue.js';
import { readEnvironment } from './environment.js';
import { HeldSignal } from './held-signal.js';
import { answerProbes } from './probes-before.js';
import type { Arrival } from './signal-gate.js';
import { lossLogger } from './stderr.js';

/** What `register` does once a server of HTTP begins to listen, or the program uses http-drain itself. */
export interface Attendant {
  readonly options: DrainOptions;
  /** Takes a server that begins to listen; false if it is none to be drained. */
  attends(server: Server): boolean;
  /** Such a server listens; calls back once none does any more, and none is left with connections. */
  listens(server: Server, onIdle: () => void): void;
  /** Takes a listening socket whose connections this process hands to the workers of its cluster. */
  handsOut(handle: ListenHandle): void;
  /** A signal has come: true if it is delivered later. */
  keeps(arrival: Arrival): boolean;
}

/** @param processDrain - asked for late: its options are from here */
export function attend(processDrain: () => Drain): Attendant {
  const { options, probes, probePorts } = readEnvironment(process.env);
  const queue = new ClusterQueue();
  const servers = new Set<Server>();
  let held: HeldSignal | undefined;
  const keeps = (arrival: Arrival): boolean => held?.keeps(arrival) ?? false;
  return {
    options,
    attends(server) {
      const drain = processDrain();
      if (!drain.attend(server)) return false;
      held ??= new HeldSignal(drain, lossLogger, servers);
      answerProbes(server, drain, probes);
      return true;
    },
    listens(server, onIdle) {
      servers.add(server);
      if (probePorts.has(portOf(server))) processDrain().attend(server, { probe: true });
      server.once('close', () => {
        servers.delete(server);
        if (servers.size === 0) onIdle();
      });
    },
    handsOut(handle) {
      queue.add(handle);
    },
    keeps(arrival) {
      if (!arrival.isHeard || !queue.isWaitedFor) return keeps(arrival);
      const { deadlineMs = DEFAULTS.deadlineMs } = options;
      void queue.empty(deadlineMs).then(() => keeps(arrival) || setImmediate(() => arrival.deliver()));
      return true;
    },
  };
}

/** By net's own `address()`, as others may have put one there; 0: none. */
function portOf(server: Server): number {
  return (Server.prototype.address.call(server) as AddressInfo | null)?.port ?? 0;
}
