import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Answer } from './answer-reader.js';
import type { Client, Sent, Session } from './client.js';
import { now, turn } from './clock.js';
import type { RequestStep, Route, Step } from './world.js';

/** Speaks HTTP/2 through Node's own client; the rude steps go to the socket beneath it. */
export class Http2Session implements Session {
  readonly sent: Sent[] = [];
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #session: ClientHttp2Session;
  readonly #valve: Valve;
  readonly #open = new Set<ClientHttp2Stream>();

  constructor(client: Client, socket: Socket) {
    this.#client = client;
    this.#socket = socket;
    this.#valve = new Valve(socket);
    this.#session = http2.connect('http://localhost', { createConnection: () => this.#valve });
    this.#session.on('error', () => {});
  }

  async perform(step: Step): Promise<void> {
    if (this.#session.closed || this.#session.destroyed) return;
    switch (step.does) {
      case 'request':
        return this.#upload(step);
      case 'burst':
        for (const route of step.routes) this.#ask(route, 'GET').end();
        return;
      case 'await answers':
        await Promise.all([...this.#open].map(closed));
        return;
      case 'read late':
      case 'stop reading':
        if (step.does === 'read late') this.#ask('huge', 'GET').end();
        this.#valve.shut();
        await this.#client.clock.wait(step.ms);
        this.#valve.open();
        return;
      case 'wait':
      case 'upgrade':
        return this.#client.clock.wait('ms' in step ? step.ms : 5);
      case 'half-close':
        this.#client.break();
        this.#session.close();
        return;
      case 'reset':
        this.#client.break();
        this.#session.destroy();
        return;
      case 'leave':
        this.#client.break();
        this.#socket.destroy();
        return;
      case 'cancel':
        this.#client.break();
        [...this.#open].at(-1)?.close(http2.constants.NGHTTP2_CANCEL);
        return;
      case 'garbage':
        // Not on this connection: Node's HTTP/2 has taken its handle, and does not survive a stranger's write.
        return this.#client.rant();
    }
  }

  hearOut(): void {
    this.#valve.open();
    for (const stream of this.#open) stream.resume();
  }

  async #upload({ route, upload, stall }: RequestStep): Promise<void> {
    const stream = this.#ask(route, upload > 0 ? 'POST' : 'GET');
    const half = Math.floor(upload / 2);
    if (half > 0) stream.write(Buffer.alloc(half, 'u'));
    if (stall) await this.#client.clock.wait(stall.ms);
    if (stream.destroyed) return;
    stream.end(Buffer.alloc(upload - half, 'u'));
  }

  #ask(route: Route, method: string): ClientHttp2Stream {
    const sent = this.#client.newRequest(route);
    this.sent.push(sent);
    const stream = this.#session.request({ ':path': sent.url, ':method': method }, { endStream: false });
    this.#open.add(stream);
    readAnswer(stream, sent);
    stream.on('close', () => {
      this.#open.delete(stream);
      sent.refused = stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM;
      // Node's own limit of what a session may have in memory (`maxSessionMemory`).
      if (stream.rstCode === http2.constants.NGHTTP2_ENHANCE_YOUR_CALM)
        this.#client.place.stumbledOver.add(this.#client.port);
    });
    void this.#noteWhenSent(sent);
    return stream;
  }

  /** Node hands its frames to the kernel in the next loop turn, at the latest. */
  async #noteWhenSent(sent: Sent): Promise<void> {
    if (this.#session.connecting) return;
    await turn();
    await turn();
    if (this.#valve.hears && this.#valve.writableLength + this.#socket.writableLength === 0)
      sent.sentAt = now();
  }
}

/**
 * The socket of a session, with a valve in what comes: a client that stops reading. Node's session takes the handle of
 * a socket for itself, and drops what a paused stream has not read when the session ends.
 */
class Valve extends Duplex {
  readonly #socket: Socket;
  #shut = false;

  constructor(socket: Socket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on('data', (data: Buffer) => {
      if (!this.push(data)) socket.pause();
    });
    // Not destroyed with the socket: what it brought last may not have been read here.
    socket.on('close', () => {
      this.push(null);
      this.once('end', () => this.destroy());
      if (this.readableEnded) this.destroy();
    });
  }

  /** Does its peer still listen to what it says? */
  get hears(): boolean {
    return this.#socket.writable && !this.#socket.readableEnded;
  }

  shut(): void {
    this.#shut = true;
    this.#socket.pause();
  }

  open(): void {
    this.#shut = false;
    this.#socket.resume();
  }

  override _read(): void {
    if (!this.#shut) this.#socket.resume();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // Node refuses to write after the peer's FIN, and the session would drop with that what it has not read yet. TCP
    // takes it, and it is lost on the way: the server said before how much of it it would hear.
    if (this.hears) this.#socket.write(data, () => done());
    else done();
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

function readAnswer(stream: ClientHttp2Stream, sent: Sent): void {
  stream.on('error', () => {});
  // Over a Duplex the first bytes may come before the head is told of.
  let bytes = 0;
  stream.on('response', (headers) => {
    const answer: Answer = {
      id: headers['x-id'] as string | undefined,
      status: headers[':status'] as number,
      saysClose: false,
      bytes,
      whole: false,
    };
    sent.answer = answer;
    const length = headers['content-length'];
    stream.on('end', () => {
      // Node ends a stream that was cut, too; its code and its length tell.
      const cut = stream.rstCode !== 0 || (length !== undefined && Number(length) !== answer.bytes);
      answer.whole = !cut;
    });
  });
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (sent.answer) sent.answer.bytes = bytes;
  });
}

const closed = (stream: ClientHttp2Stream): Promise<void> =>
  new Promise((resolve) => stream.once('close', () => resolve()));
