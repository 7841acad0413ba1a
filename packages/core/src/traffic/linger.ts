import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Foreign } from '../node/foreign.js';
import { readOn, unsentBytes } from '../node/internals.js';
import { clearTimeout, setInterval } from '../node/timers.js';
import { bytesRead, countBytes } from './bytes.js';
import { endSocket } from './destroy.js';

/** A peer is waited for until it has been silent for this long: has neither sent anything nor taken what it is sent. */
export const SILENCE_MS = 1_000;
/** A handler that reads a body after its answer may take its time over a piece of it. */
export const READER_SILENCE_MS = 5_000;
/** Does somebody read it, now and then at least? */
export const isRead = (body: Readable): boolean =>
  body.listenerCount('data') > 0 || body.listenerCount('readable') > 0;

/** How often in that time it is looked whether it has. */
const LOOKS = 4;
/** Less than this, within SILENCE_MS, is silence too where only a body is to be discarded: a drip would hold it for ever. */
export const DRIP_BYTES = 1024;

/**
 * Calls back, once, as soon as the peer of a socket has been silent for `ms` milliseconds, give or take a quarter.
 * Returns a function that ends the watch; the close of the socket does, too.
 *
 * Not `socket.setTimeout()`: that one is the application's, and tells its listeners.
 *
 * @param leastBytes - what the peer has to send, or to take, in that time not to be silent
 */
export function whenSilent(socket: Socket, ms: number, callback: () => void, leastBytes = 1): () => void {
  let seen = bytesMoved(socket);
  let quietLooks = 0;
  const look = setInterval(() => {
    const moved = bytesMoved(socket);
    quietLooks = moved - seen < leastBytes ? quietLooks + 1 : 0;
    if (quietLooks === 0) seen = moved;
    if (quietLooks < LOOKS) return;
    end();
    callback();
  }, ms / LOOKS);
  const end = () => {
    clearTimeout(look);
    socket.off('close', end);
  };
  socket.once('close', end);
  return end;
}

/** Bytes that came from the peer, and that the kernel has taken for it; of some streams they are not known. */
function bytesMoved(socket: Socket): number {
  return bytesRead(socket) + (socket.bytesWritten ?? 0) - unsentBytes(socket);
}

/**
 * Lingering close (RFC 9112 section 9.6): sends FIN after all that is written, goes on reading, and closes once the
 * peer has closed too, or is silent. Closing at once would answer what still comes with a reset, which destroys the
 * answer in the peer's buffer. Whoever calls sees to it that what comes is read.
 */
export function lingerThenClose(socket: Socket, foreign: Foreign, destroy: () => void): void {
  if (socket.destroyed) return;
  endSocket(socket, foreign);
  whenSilent(socket, SILENCE_MS, destroy, DRIP_BYTES);
}

/**
 * Takes an HTTP/1 socket away from Node's parser: what comes from now on is read and dropped, so that no request
 * reaches a handler whose answer could not be sent. Node detaches the parser when a 'data' listener is added.
 */
export function discardInput(socket: Socket): void {
  socket.removeAllListeners('data');
  if (!countBytes(socket)) socket.on('data', () => {});
  readOn(socket);
}
