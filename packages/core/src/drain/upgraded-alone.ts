import { clearTimeout, setInterval } from '../node/timers.js';
import type { Connection } from '../traffic/connection.js';
import type { TrackedServer } from '../traffic/tracked-server.js';
import type { DrainState } from './drain-state.js';

const LOOK_MS = 100;

/** The events with which Node hands a socket over to whoever listens. */
const UPGRADES = ['upgrade', 'connect'] as const;

/**
 * Resolves once upgraded sockets are all that a drain waits for, or nothing is: no connection that is still to be
 * answered, no work, no hook of the beginning.
 */
export function upgradedAlone(state: DrainState): Promise<void> {
  return new Promise((resolve) => {
    const others = waitedFor(state);
    const check = () => {
      if (state.family.some(hasWork) || !others.haveGone()) return;
      for (const off of end) off();
      resolve();
    };
    // Nothing tells of the answer to an upgrade.
    const looks = setInterval(check, LOOK_MS);
    const end = [
      () => clearTimeout(looks),
      state.progress.watch(check),
      ...state.servers.main.map((server) => onUpgrade(server, check)),
    ];
    check();
  });
}

const hasWork = ({ background, before }: DrainState): boolean =>
  background.size > 0 || before.unsettled.length > 0;

const serversOf = ({ family }: DrainState): TrackedServer[] =>
  family.flatMap(({ servers: { main } }) => main);

/**
 * What is waited for besides upgraded sockets. There may be thousands, of which each goes once: what is left is not
 * looked through each time. Connections that come meanwhile stand behind in their Map.
 */
function waitedFor(state: DrainState): { haveGone(): boolean } {
  function* left(): Generator<void, void, undefined> {
    for (const { connections, server } of serversOf(state)) {
      while (server.listening) yield;
      for (const socket of connections.keys()) {
        while (isWaitedFor(connections.get(socket))) yield;
      }
    }
  }
  const rest = left();
  return { haveGone: () => rest.next().done === true };
}

const isWaitedFor = (connection: Connection | undefined): boolean =>
  connection !== undefined && !(connection.retired && connection.isHandedOver);

/** Nobody is added to listen to these events where nobody is: Node would take that for an answer. */
function onUpgrade({ server }: TrackedServer, callback: () => void): () => void {
  const events = UPGRADES.filter((event) => server.listenerCount(event) > 0);
  for (const event of events) server.on(event, callback);
  return () => {
    for (const event of events) server.off(event, callback);
  };
}
