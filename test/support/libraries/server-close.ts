import type net from 'node:net';
import type { Library } from '../subject/library.js';

/** What Node itself offers: server.close(), and after the deadline the sockets are destroyed. */
export const library: Library = {
  name: 'server.close()',
  features: ['lateTracking'],
  attach({ server, setup }) {
    const sockets = new Set<net.Socket>();
    server.on('connection', (socket: net.Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    return {
      begin: () =>
        new Promise<void>((resolve) => {
          const timer = setTimeout(() => {
            for (const socket of sockets) socket.destroy();
          }, setup.drain.deadlineMs);
          server.close(() => {
            clearTimeout(timer);
            resolve();
          });
        }),
    };
  },
};
