import { once } from 'node:events';
import http2 from 'node:http2';
import type { Target } from './client.js';

/** The client's side of one HTTP/2 stream. */
export interface StreamResult {
  id: number;
  status: number;
  bytes: number;
  text: string;
}

/** An HTTP/2 client session that records the GOAWAY frames it was sent and how it ended. */
export class H2Client {
  /** Last stream ids, in order, of the GOAWAY frames that came. */
  readonly goaways: { code: number; lastStreamId: number }[] = [];
  readonly #closed: Promise<void>;
  readonly #failures: string[] = [];

  private constructor(readonly session: http2.ClientHttp2Session) {
    session.on('goaway', (code, lastStreamId) => this.goaways.push({ code, lastStreamId }));
    session.on('error', (error) => this.#failures.push(error.message));
    this.#closed = new Promise((resolve) => session.once('close', resolve));
  }

  static async connect(target: Target): Promise<H2Client> {
    const url = `${target.tls ? 'https' : 'http'}://${target.host ?? '127.0.0.1'}:${target.port}`;
    const client = new H2Client(http2.connect(url, { rejectUnauthorized: false }));
    await once(client.session, 'connect').catch((error) => {
      throw new Error(`the session did not open (${error.message})`);
    });
    return client;
  }

  /** Opens a stream; `paused` reads no body until `resume()`. */
  request(path: string, options: { paused?: boolean } = {}): H2Call {
    return new H2Call(this.session.request({ ':path': path }), options.paused ?? false);
  }

  /** Opens a stream whose body the caller writes. */
  upload(path: string): H2Call {
    return new H2Call(
      this.session.request({ ':path': path, ':method': 'POST' }, { endStream: false }),
      false,
    );
  }

  ended(): Promise<void> {
    return this.#closed;
  }

  /** Resolves once the frames written so far are with the kernel. */
  async flushed(): Promise<void> {
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    await turn();
    await turn();
    while ((this.session.socket?.writableLength ?? 0) > 0) await turn();
    await turn();
  }

  describe(): string {
    const ids = this.goaways.map((goaway) => goaway.lastStreamId).join(', ');
    return `GOAWAY last ids [${ids}], errors [${this.#failures.join('; ')}]`;
  }
}

export class H2Call {
  readonly result: Promise<StreamResult>;
  readonly headed: Promise<void>;

  constructor(
    readonly stream: http2.ClientHttp2Stream,
    paused: boolean,
  ) {
    let status = 0;
    let bytes = 0;
    let text = '';
    this.headed = new Promise((resolve) => {
      stream.once('response', (headers) => {
        status = Number(headers[':status']);
        resolve();
      });
    });
    stream.on('data', (data: Buffer) => {
      bytes += data.length;
      if (text.length < 1024) text += data.toString('latin1');
    });
    if (paused) stream.pause();
    this.result = new Promise((resolve, reject) => {
      const fail = (why: string) =>
        reject(new Error(`HTTP/2 stream ${stream.id} ${why}, after status ${status} and ${bytes} bytes`));
      stream.once('end', () =>
        status === 0 ? fail('ended') : resolve({ id: stream.id ?? 0, status, bytes, text }),
      );
      stream.once('error', (error) => fail(`failed (${error.message})`));
      stream.once('close', () => fail('was closed'));
    });
    this.result.catch(() => {});
  }

  resume(): void {
    this.stream.resume();
  }
}
