import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import type { Ending } from '../model.js';
import type { Target } from './client.js';
import { type Asked, type Conversation, heardBy, Waiters } from './conversation.js';

/** The service did nothing with the stream: its client may send it again (RFC 9113 section 8.7). */
export const REFUSED_STREAM = http2.constants.NGHTTP2_REFUSED_STREAM;
/** As the last stream id of a GOAWAY: new streams are welcome still. */
export const ALL_STREAMS = 2 ** 31 - 1;

/** An HTTP/2 session of a client that never sends anything again. */
export class H2Client implements Conversation {
  readonly asked: Asked[] = [];
  readonly goaways: number[] = [];
  readonly openedAt = performance.now();
  connectedAt: number | undefined;
  /** When the service's SETTINGS had come. */
  usableAt: number | undefined;
  ending: Ending | undefined;
  endedAt: number | undefined;
  goneBy: number | undefined;
  errorCode: string | undefined;
  roundTripMs = 0;
  localPort: number | undefined;
  readonly #session: http2.ClientHttp2Session;
  readonly #waiters = new Waiters();
  readonly #authority: string;

  constructor(
    { host, port, tls: secure = false }: Target,
    readonly headers: Record<string, string> = {},
  ) {
    const to = { host, port };
    const socket = secure
      ? tls.connect({ ...to, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
      : net.connect(to);
    socket.once('connect', () => {
      this.connectedAt = performance.now();
      this.roundTripMs = this.connectedAt - this.openedAt;
      this.localPort = socket.localPort;
      this.#waiters.changed();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
    this.#authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const scheme = secure ? 'https' : 'http';
    this.#session = http2.connect(`${scheme}://${this.#authority}`, { createConnection: () => socket });
    this.#session.once('remoteSettings', () => {
      this.usableAt = performance.now();
      this.#waiters.changed();
    });
    this.#session.on('goaway', (_code, lastId) => {
      this.goaways.push(lastId);
      this.#waiters.changed();
    });
    this.#session.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
    this.#session.on('close', () => this.#end('fin'));
  }

  get open(): boolean {
    return this.ending === undefined;
  }

  get pending(): Asked[] {
    return this.asked.filter((asked) => asked.endedAt === undefined);
  }

  /** A GOAWAY has come, or the session has ended: nothing more is asked on it. */
  get leaving(): boolean {
    return !this.open || this.goaways.length > 0 || this.#session.closed;
  }

  until(condition: () => boolean): Promise<void> {
    return this.#waiters.until(condition);
  }

  async usable(): Promise<boolean> {
    await this.until(() => this.usableAt !== undefined || !this.open);
    return this.usableAt !== undefined;
  }

  /** Begins a request; `body`: the caller sends it by `finish`. */
  ask(id: string, path: string, { warm = false, body = false } = {}): Asked {
    const sentAt = performance.now();
    const asked: Asked = {
      ...{ id, warm, sentAt, allSentAt: body ? undefined : sentAt, continued: false, answer: undefined },
      ...{ firstByteAt: undefined, endedAt: undefined },
    };
    this.asked.push(asked);
    if (this.leaving) {
      asked.endedAt = sentAt;
      return asked;
    }
    const stream = this.#session.request(
      {
        ...this.headers,
        ...{
          ':path': path,
          ':method': body ? 'POST' : 'GET',
          ':authority': this.#authority,
          'x-drill-id': id,
        },
      },
      { endStream: !body },
    );
    this.#streams.set(asked, stream);
    this.#follow(stream, asked);
    return asked;
  }

  readonly #streams = new Map<Asked, http2.ClientHttp2Stream>();

  finish(asked: Asked, bytes: string): void {
    asked.allSentAt = performance.now();
    this.#streams.get(asked)?.end(bytes);
  }

  async answered(asked: Asked): Promise<number | undefined> {
    await this.until(() => asked.endedAt !== undefined);
    return asked.answer?.whole ? asked.answer.status : undefined;
  }

  close(): void {
    this.#end('own');
    this.#session.destroy();
  }

  #follow(stream: http2.ClientHttp2Stream, asked: Asked): void {
    if (stream.id !== undefined) asked.streamId = stream.id;
    stream.once('ready', () => {
      asked.streamId = stream.id;
    });
    stream.once('response', (headers) => {
      asked.firstByteAt ??= performance.now();
      const fields = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
      const status = Number(headers[':status']);
      asked.answer = {
        status,
        version: '2',
        headers: new Map(fields),
        bytes: 0,
        promised: null,
        whole: false,
      };
      this.#waiters.changed();
    });
    stream.on('data', (data: Buffer) => {
      if (asked.answer !== undefined) asked.answer.bytes += data.length;
    });
    stream.once('end', () => {
      if (
        asked.answer !== undefined &&
        stream.rstCode === 0 &&
        asked.endedAt === undefined &&
        this.#endsWell(stream)
      ) {
        asked.answer.whole = true;
        this.#endOf(asked);
      }
    });
    stream.on('error', () => {});
    stream.once('close', () => {
      asked.resetCode = stream.rstCode;
      this.#endOf(asked);
    });
  }

  /** A session that was cut off ends its streams, too, without a code. */
  #endsWell(stream: http2.ClientHttp2Stream): boolean {
    return this.open && !stream.aborted;
  }

  #endOf(asked: Asked): void {
    asked.endedAt ??= performance.now();
    this.#waiters.changed();
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.errorCode = error.code ?? error.message;
    this.#end(this.connectedAt === undefined ? 'refused' : 'reset');
  }

  #end(how: Ending): void {
    if (this.ending !== undefined) return;
    this.ending = how;
    this.endedAt = performance.now();
    if (how !== 'own') this.goneBy = heardBy();
    for (const asked of this.pending) asked.endedAt = this.endedAt;
    this.#waiters.changed();
  }
}
