import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { AnswerReader } from './answer-reader.js';
import type { Client, Sent, Session } from './client.js';
import { now } from './clock.js';
import type { RequestStep, Route, Step } from './world.js';

const CLOSE_FRAME = 0x88;
const MASKED_CLOSE_FRAME = Buffer.from([CLOSE_FRAME, 0x80, 0, 0, 0, 0]);

/** Speaks HTTP/1 byte by byte, so that it can stop anywhere. */
export class Http1Session implements Session {
  readonly sent: Sent[] = [];
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #reader = new AnswerReader(() => this.#onAnswer());
  #onAnswer = () => {};
  #politeTunnel = true;

  constructor(client: Client, socket: Socket) {
    this.#client = client;
    this.#socket = socket;
    socket.on('data', (data: Buffer) => this.#onData(data));
    socket.on('close', () => this.#onClose());
  }

  async perform(step: Step): Promise<void> {
    switch (step.does) {
      case 'request':
        return this.#request(step);
      case 'burst':
        return this.#burst(step.routes);
      case 'await answers':
        return this.#awaitAnswers();
      case 'wait':
        return this.#client.clock.wait(step.ms);
      case 'stop reading':
        return this.#stopReading(step.ms);
      case 'read late':
        this.#burst(['huge']);
        return this.#stopReading(step.ms);
      case 'upgrade':
        return this.#upgrade(step.to, step.polite);
      case 'half-close':
        this.#client.break();
        this.#socket.end();
        return;
      case 'reset':
        this.#client.break();
        this.#reset();
        return;
      case 'leave':
      case 'cancel':
        this.#client.break();
        this.#socket.destroy();
        return;
      case 'garbage':
        this.#client.break();
        this.#socket.write('\x00 no HTTP at all \xff\r\n\r\n');
        return;
    }
  }

  hearOut(): void {
    this.#socket.resume();
  }

  async #request(step: RequestStep): Promise<void> {
    const { route, upload, chunked, expects, stall } = step;
    const sent = this.#note(route);
    const line = `${upload > 0 ? 'POST' : 'GET'} ${sent.url} HTTP/1.1\r\n`;
    const head = `${line}Host: localhost\r\n${bodyHeaders(upload, chunked, expects)}\r\n`;
    const bytes = Buffer.concat([Buffer.from(head), body(upload, chunked)]);
    const cut = { line: 5, head: line.length + 8, body: head.length + Math.floor(upload / 2) };
    const at = stall ? Math.min(cut[stall.at], bytes.length) : bytes.length;
    this.#write(bytes.subarray(0, at), [sent]);
    if (!stall) return;
    await this.#client.clock.wait(stall.ms);
    this.#write(bytes.subarray(at), []);
  }

  #burst(routes: readonly Route[]): void {
    const requests = routes.map((route) => this.#note(route));
    const text = requests.map(({ url }) => `GET ${url} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join('');
    this.#write(Buffer.from(text), requests);
  }

  /** After an upgrade the connection speaks no HTTP any more. */
  async #upgrade(to: 'socket' | 'websocket' | 'tunnel', polite: boolean): Promise<void> {
    await this.#awaitAnswers();
    this.#politeTunnel = polite;
    this.#client.break();
    const path = `/${to}/${polite ? 'polite' : 'rude'}`;
    const line = to === 'tunnel' ? `CONNECT ${polite ? 'polite' : 'rude'}:80` : `GET ${path}`;
    const webSocket = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
    const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\n${webSocket}`;
    this.#socket.write(`${line} HTTP/1.1\r\nHost: localhost\r\n${to === 'tunnel' ? '' : upgrade}\r\n`);
  }

  #note(route: Route): Sent {
    const sent = this.#client.newRequest(route);
    this.sent.push(sent);
    return sent;
  }

  #write(bytes: Buffer, requests: Sent[]): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(bytes, (error) => {
      if (!error) for (const sent of requests) sent.sentAt = now();
    });
  }

  #awaitAnswers(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAnswer = () => {
        if (this.#reader.answers.filter(({ whole }) => whole).length >= this.sent.length) resolve();
      };
      this.#onAnswer();
      this.#socket.once('close', () => resolve());
    });
  }

  async #stopReading(ms: number): Promise<void> {
    this.#socket.pause();
    await this.#client.clock.wait(ms);
    this.#socket.resume();
  }

  #reset(): void {
    // A TLS socket cannot reset: it does not own the handle. One that is shutting down cannot either (libuv says EINVAL,
    // and Node leaves the handle open).
    if (this.#socket instanceof TLSSocket || this.#socket.writableEnded) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #onData(data: Buffer): void {
    this.#reader.feed(data);
    this.#assign();
    const { tunnelled } = this.#reader;
    if (this.#politeTunnel && tunnelled[0] === CLOSE_FRAME) this.#socket.write(MASKED_CLOSE_FRAME);
  }

  #onClose(): void {
    this.#reader.end();
    this.#assign();
  }

  /** Answers come in the order of the requests. */
  #assign(): void {
    this.#reader.answers.forEach((answer, index) => {
      const sent = this.sent[index];
      if (sent) sent.answer = answer;
    });
  }
}

function bodyHeaders(upload: number, chunked: boolean, expects: boolean): string {
  if (upload === 0) return '';
  const length = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${upload}`;
  return `${length}\r\n${expects ? 'Expect: 100-continue\r\n' : ''}`;
}

function body(upload: number, chunked: boolean): Buffer {
  if (upload === 0) return Buffer.alloc(0);
  const data = Buffer.alloc(upload, 'u');
  return chunked
    ? Buffer.concat([Buffer.from(`${upload.toString(16)}\r\n`), data, Buffer.from('\r\n0\r\n\r\n')])
    : data;
}
