import { createHash } from 'node:crypto';
import type http from 'node:http';
import type http2 from 'node:http2';
import type { Attachment } from './library.js';

export type Request = http.IncomingMessage | http2.Http2ServerRequest;
export type Response = http.ServerResponse;

/** What a handler works with. */
export interface Call {
  request: Request;
  query: URLSearchParams;
  /** Resolves once the test opens the gate. */
  gate(name: string): Promise<void>;
  attachment: Attachment;
}

/** An answer that the framework sends in its own way, with one call and its whole body. */
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body: string | Buffer;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;
type Streamer = (call: Call, response: Response) => void | Promise<void>;

export const BIG_BYTES = 24 * 1024 * 1024;
const big = Buffer.alloc(BIG_BYTES, 'http-drain ');

const gateOf = (call: Call): Promise<void> => call.gate(call.query.get('gate') ?? 'default');

/** Routes that answer with one call. */
export const handlers: Record<string, Handler> = {
  '/fast': () => ({ body: 'fast' }),
  '/big': () => ({ body: big }),
  '/gated': async (call) => {
    await gateOf(call);
    return { body: `gated ${call.query.get('gate')}` };
  },
  '/gated-big': async (call) => {
    await gateOf(call);
    return { body: big };
  },
  /** An application that insists on keep-alive. */
  '/gated-keep-alive': async (call) => {
    await gateOf(call);
    return { headers: { Connection: 'keep-alive' }, body: 'kept' };
  },
  '/upload': async (call) => {
    const hash = createHash('sha1');
    let bytes = 0;
    for await (const piece of call.request) {
      hash.update(piece);
      bytes += piece.length;
    }
    return { body: JSON.stringify({ bytes, sha1: hash.digest('hex') }) };
  },
  /** Answers without ever reading the body. */
  '/unread': async (call) => {
    if (call.query.has('gate')) await gateOf(call);
    return { body: 'not read' };
  },
  '/refused': (call) => ({ status: Number(call.query.get('status')), body: 'refused' }),
  '/gated-refused': async (call) => {
    await gateOf(call);
    return { status: Number(call.query.get('status')), body: 'refused' };
  },
  '/stuck': () => new Promise<never>(() => {}),
  '/background': (call) => {
    call.attachment.waitUntil?.(gateOf(call), 'background work');
    return { body: 'accepted' };
  },
};

/** Routes that write to the response bit by bit. */
export const streamers: Record<string, Streamer> = {
  /** The head goes out at once, and says keep-alive; the body follows when the gate opens. */
  '/head-first': async (call, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 10 });
    response.write('12345');
    await gateOf(call);
    response.end('67890');
  },
  '/chunked': async (call, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.write('first ');
    await gateOf(call);
    response.end('last');
  },
  /** Server-sent events that end themselves when the drain's signal fires. */
  '/events': (call, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: hello\n\n');
    call.attachment.signal?.addEventListener('abort', () => response.end('data: goodbye\n\n'), {
      once: true,
    });
  },
  '/endless': (_call, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.write('tick');
    const ticking = setInterval(() => response.write('tick'), 20);
    response.on('close', () => clearInterval(ticking));
  },
};
