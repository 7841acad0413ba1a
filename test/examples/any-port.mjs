// Loaded before a program under test: a port that it names becomes a free one, and its parent is told what happens.
import { subscribe } from 'node:diagnostics_channel';
import net from 'node:net';

const { listen } = net.Server.prototype;
const tell = (message) => process.connected && process.send(message);

/** A port that a person wrote; the second listener of Fastify asks for the one that its first was given. */
const free = (port) => (port < 10_000 ? 0 : port);

net.Server.prototype.listen = function (first, ...others) {
  this.once('listening', () => tell({ listening: this.address().port }));
  const where =
    typeof first === 'object' && first !== null ? { ...first, port: free(first.port) } : free(first);
  return listen.call(this, where, ...others);
};

process.on('newListener', (event) => event === 'SIGTERM' && tell({ awaitsSignal: true }));
subscribe('http.server.request.start', ({ request }) => tell({ request: request.url }));
