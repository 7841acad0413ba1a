import type { Socket } from 'node:net';

/** What came on streams that are no sockets of Node's. */
const counted = new WeakMap<Socket, number>();

/**
 * Counts from now on what comes on a stream that is no socket of Node's, and does not count by itself. False for all
 * others.
 */
export function countBytes(socket: Socket): boolean {
  if (socket.bytesRead !== undefined) return false;
  counted.set(socket, bytesRead(socket));
  socket.on('data', (chunk: Buffer) => counted.set(socket, bytesRead(socket) + chunk.length));
  return true;
}

/** Bytes that have come on a socket. Of a stream that is none: since they are counted. */
export const bytesRead = (socket: Socket): number => socket.bytesRead ?? counted.get(socket) ?? 0;
