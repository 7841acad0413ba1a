import type { Server } from 'node:net';
import { setImmediate } from '../node/timers.js';
import { takerOf } from '../traffic/listen-errors.js';
import type { TrackedServer } from '../traffic/tracked-server.js';
import type { DrainState } from './drain-state.js';

/** A server listens: serving, it is welcome; once closed, it is none of ours; in between it comes too late. */
export function onListening(state: DrainState, server: TrackedServer): void {
  state.listenErrors.listening(server.server);
  if (state.phase === 'serving' || state.phase === 'closed') return;
  const late = { name: server.name, address: server.address };
  state.lateServers.push(late);
  state.latecomers.add(server);
  // After the owner's own callback, or what awaits 'listening', which may ask for the address.
  setImmediate(() => {
    if (state.phase === 'closed') return;
    server.retire();
    server.stopListening();
  });
  state.observer.onLateServer(late);
}

export function onListenError(state: DrainState, { server }: TrackedServer, error: Error): void {
  const taker = takerOf(server);
  if (taker !== 'program') state.listenErrors.failed(server, error);
  // Whoever takes it answers for it; without an 'error' listener, Node would throw it.
  const take = () => server.once('error', () => {});
  state.observer.onListenError(error, taker, take);
}

/** The error of a server that failed to listen, until it listens, or another one with the same handler does or tries. */
export function listenErrorOf({ family }: DrainState): Error | undefined {
  const servers = family.flatMap(({ servers: { all, pending } }) => [...all, ...pending]);
  const trying: Server[] = servers
    .filter(({ server, pending }) => server.listening || pending)
    .map(({ server }) => server);
  return family.flatMap(({ listenErrors }) => listenErrors.first(trying) ?? [])[0];
}
