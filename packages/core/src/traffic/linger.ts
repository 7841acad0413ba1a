import type { Socket } from 'node:net';
import { clearTimeout, setTimeout } from '../node/timers.js';

/** A lingering close ends after this long without a byte from the peer. */
export const LINGER_SILENCE_MS = 1_000;
/** A lingering close ends after this long in any case. */
export const LINGER_LIMIT_MS = 5_000;

/**
 * Lingering close (RFC 9112 section 9.6): sends FIN after all that is written, goes on reading, and closes once the
 * peer has closed too. Closing at once would answer what still comes with a reset, which destroys the answer in the
 * peer's buffer. Whoever calls sees to it that what comes is read.
 */
export function lingerThenClose(socket: Socket): void {
  if (socket.destroyed) return;
  const destroy = () => socket.destroy();
  socket.end();
  socket.setTimeout?.(LINGER_SILENCE_MS, destroy);
  const limit = setTimeout(destroy, LINGER_LIMIT_MS);
  socket.once('close', () => clearTimeout(limit));
}

/**
 * Takes an HTTP/1 socket away from Node's parser: what comes from now on is read and dropped, so that no request
 * reaches a handler whose answer could not be sent. Node detaches the parser when a 'data' listener is added.
 */
export function discardInput(socket: Socket): void {
  socket.removeAllListeners('data');
  socket.on('data', () => {});
  socket.resume();
}
