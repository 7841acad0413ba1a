import type { ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';

/** What is said to a request that no handler answers: 503 with Retry-After (RFC 9110 section 10.2.3). */
const BODY = 'Service Unavailable: this server is shutting down.\n';
const HEAD = {
  'retry-after': '1',
  'content-type': 'text/plain; charset=utf-8',
  'content-length': Buffer.byteLength(BODY),
};

export function refuse(response: ServerResponse): void {
  response.writeHead(503, HEAD).end(BODY);
}

export function refuseStream(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 503, ...HEAD });
  // Node has ended the answer to HEAD itself.
  if (!stream.writableEnded) stream.end(BODY);
}

const RAW_HEAD = [
  'HTTP/1.1 503 Service Unavailable',
  ...Object.entries({ ...HEAD, connection: 'close' }).map(([name, value]) => `${name}: ${value}`),
  '\r\n',
].join('\r\n');

/** On the socket of an HTTP/1 request, past its response if it has one. The answer to HEAD has no body. */
export function refuseOnSocket(socket: Socket, method: string | undefined): void {
  socket.write(method === 'HEAD' ? RAW_HEAD : RAW_HEAD + BODY);
}
