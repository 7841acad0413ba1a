import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

export type Answer = { status: number; headers: http.IncomingHttpHeaders; body: string };

async function answerTo(request: http.ClientRequest): Promise<Answer> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return { status: response.statusCode!, headers: response.headers, body };
}

type GetOptions = { agent?: http.Agent };

/** One request, on a connection of its own unless an agent is given. */
export function get(port: number, path = '/', { agent }: GetOptions = {}): Promise<Answer> {
  return answerTo(http.get({ host: '127.0.0.1', port, path, agent: agent ?? false }));
}

/** A request that stays in flight until the test ends its body. */
export type HeldRequest = { connected: Promise<unknown>; answer: Promise<Answer>; finish: () => void };

export function hold(port: number, path = '/held'): HeldRequest {
  const request = http.request({ host: '127.0.0.1', port, path, method: 'POST', agent: false });
  const answer = answerTo(request);
  answer.catch(() => {}); // A test that expects a reset looks at it later.
  const connected = once(request, 'socket').then(([socket]) => socket.connecting && once(socket, 'connect'));
  request.write('first half, ');
  return { connected, answer, finish: () => request.end('second half') };
}

/** Whether somebody accepts connections there. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** For programs that take their port from outside; everything else listens on port 0. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
