/**
 * Keep-alive clients in a process of their own, so that their sockets and their memory are not the server's.
 * Forked by `startClients()`, told over IPC how many connections to open to which port.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
/** As many connect at a time: more would overflow the accept queue. */
const CONNECTING = 200;

/**
 * Resolves once each of `count` clients has had one answer.
 * @param {{ port: number, count: number, active?: boolean }} options active: they go on sending
 */
export async function startClients(options) {
  const child = fork(fileURLToPath(import.meta.url));
  child.send(options);
  await once(child, 'message');
  return {
    /** Ends the clients; resolves with what they saw. */
    async end() {
      child.send('end');
      const [seen] = await once(child, 'message');
      child.disconnect();
      await once(child, 'exit');
      return seen;
    },
  };
}

if (process.send) {
  const clients = [];
  process.once('message', async (options) => {
    let left = options.count;
    const opener = async () => {
      while (left-- > 0) clients.push(await openClient(options));
    };
    await Promise.all(Array.from({ length: CONNECTING }, opener));
    process.send('ready');
    process.once('message', () => {
      const sum = (key) => clients.reduce((total, client) => total + client[key], 0);
      process.send({ sent: sum('sent'), answered: sum('answered'), lost: sum('lost') });
      for (const { socket } of clients) socket.destroy();
    });
  });
}

/** One client; resolves with its first answer. */
async function openClient({ port, active = false }) {
  const client = { socket: net.connect(port, '127.0.0.1'), sent: 0, answered: 0, lost: 0 };
  const { socket } = client;
  const send = () => {
    client.sent++;
    socket.write(REQUEST);
  };
  const answered = new Promise((resolve) => {
    socket.on('data', (chunk) => {
      client.answered++;
      resolve();
      if (active && !/^connection: close/im.test(chunk.toString('latin1'))) send();
    });
    socket.on('close', () => {
      client.lost = client.sent - client.answered;
      resolve();
    });
  });
  socket.on('error', () => {});
  socket.once('connect', send);
  await answered;
  return client;
}
