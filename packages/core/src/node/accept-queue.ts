/**
 * The queue in which the kernel keeps connections until they are accepted. It is reached through Node's insides; each
 * function says what is done without them.
 */
import cluster from 'node:cluster';
import { subscribe } from 'node:diagnostics_channel';
import net from 'node:net';
import { activeHandles } from './active-handles.js';
import type { ListenOptions } from './internals.js';
import { shared } from './shared.js';
import { nextTick } from './timers.js';

interface TcpHandle {
  listen?(backlog: number): number;
  getpeername?(into: object): number;
}

const handleOf = (socket: net.Server | net.Socket): TcpHandle | undefined =>
  (socket as { _handle?: TcpHandle | null })._handle ?? undefined;

/**
 * Do other workers of a cluster accept on the same listening socket? Node gives the handle of such a one a `close()` of
 * its own; a socket that a worker has for itself (`exclusive`, `reusePort`) has none. Without the handle: they do.
 */
export function isSharedInCluster(server: net.Server): boolean {
  const handle = handleOf(server);
  return cluster.isWorker && (handle === undefined || Object.hasOwn(handle, 'close'));
}

/** Only while nobody else has a hand in it may a listening socket be changed. */
export interface AcceptQueue {
  /** Does this process alone hold the listening socket? */
  readonly isOurs: boolean;
  /** Does it alone listen on the port? */
  readonly isAlone: boolean;
  /** Is the very listening socket also held by others, who accept what waits in its queue? */
  readonly isHeld: boolean;
  /** Do others, for all that is known, accept what we do not? */
  readonly isShared: boolean;
}

/**
 * What is known for certain of a server's queue. Whatever is not known is answered with no: how it came to listen, for
 * one, where that was before this module was loaded.
 */
export function acceptQueueOf(server: net.Server, options: ListenOptions | undefined): AcceptQueue {
  const isInCluster = isSharedInCluster(server);
  const isReused = Boolean((options as { reusePort?: unknown } | undefined)?.reusePort);
  const isOurs = process.platform === 'linux' && bound(options) && !isInCluster && !mayBeHandedOn();
  const isGiven = options !== undefined && !bound(options) && !('path' in options);
  const isHeld = isInCluster || isGiven;
  return { isOurs, isAlone: isOurs && !isReused, isHeld, isShared: isHeld || isReused };
}

/** Was it `listen()` that bound it, to a port? Not so with `listen(handle)` and `listen({ fd })`, which others hold. */
function bound(options: ListenOptions | undefined): boolean {
  if (options?.port === undefined) return false;
  const { fd, handle, _handle } = options as { fd?: unknown; handle?: unknown; _handle?: unknown };
  return fd === undefined && handle === undefined && _handle === undefined;
}

/** A listening socket can be sent to a child process that has a channel to us: `child.send('server', server)`. */
const channels = shared('channels', () => {
  const seen = { any: false };
  // Node publishes each child process on this channel (diagnostics_channel); its channel is there a little later.
  subscribe('child_process', (message) => {
    const { process: child } = message as { process?: object };
    nextTick(() => {
      seen.any ||= isChildWithChannel(child);
    });
  });
  return seen;
});

function isChildWithChannel(handle: unknown): boolean {
  return (
    typeof handle === 'object' && handle !== null && 'spawnfile' in handle && Object.hasOwn(handle, 'send')
  );
}

const mayBeHandedOn = (): boolean => channels.any || activeHandles().some(isChildWithChannel);

/**
 * Shrinks the accept queue of a listening socket, so that what waits in it can be accepted faster than new
 * connections come. `listen(2)` again on a listening socket changes its backlog. Without it, or where the kernel says
 * no: false, and there is only accepting.
 */
export const shrinkAcceptQueue = (server: net.Server): boolean => handleOf(server)?.listen?.(0) === 0;

/**
 * Tries to take the only place of a shrunk accept queue with a connection of our own. Linux then ignores everybody
 * else who connects; they ask again a second later and are refused, where they would have been accepted by a queue
 * that is thrown away. That the connection came about also shows that the queue was empty. The place is held until
 * the next loop turn: the listening socket has to be closed before. Without it, or where connecting is kept from us:
 * undefined, and the race stays.
 */
export async function plugAcceptQueue(server: net.Server): Promise<net.Socket | undefined> {
  const address = net.Server.prototype.address.call(server);
  if (address === null || typeof address === 'string') return undefined;
  // The kind of handle that a connection has, too.
  if (!handleOf(server)?.getpeername) return undefined;
  const host = ANY_ADDRESS[address.address] ?? address.address;
  try {
    const plug = net.connect({ port: address.port, host });
    plug.on('error', () => {});
    // net.connect() leaves connect(2) to the next tick; on the own host it is done when it returns.
    await new Promise<void>((resolve) => nextTick(resolve));
    if (handleOf(plug)?.getpeername?.({}) === 0) return plug;
    plug.destroy();
  } catch {
    // Somebody has patched it, as libraries do that let no test reach the network.
  }
  return undefined;
}

const ANY_ADDRESS: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
