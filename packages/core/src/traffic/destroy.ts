import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Foreign } from '../node/foreign.js';

/** Destroys a socket, also one whose own `destroy()`, by somebody else, throws. */
export function destroySocket(socket: Socket, foreign: Foreign): void {
  const destroy = (how: (this: Duplex) => unknown) =>
    foreign.call('destroy() of a socket', () => void how.call(socket));
  destroy(socket.destroy);
  if (!socket.destroyed) destroy(Duplex.prototype.destroy);
}

/**
 * Ends what is written to a socket. False where its own `end()`, by somebody else, throws: Node's is not called past it,
 * since Node calls theirs itself once its peer answers with its own end.
 */
export function endSocket(socket: Socket, foreign: Foreign, callback?: () => void): boolean {
  const ended = foreign.call('end() of a socket', () => {
    socket.end(callback);
    return true;
  });
  return ended === true;
}
