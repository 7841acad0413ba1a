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
