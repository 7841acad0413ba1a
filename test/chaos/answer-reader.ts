/** Reads the answers that come on an HTTP/1 connection, and keeps of each what can be judged. */

export interface Answer {
  /** The request that it answers, as its handler named it. */
  id: string | undefined;
  status: number;
  saysClose: boolean;
  bytes: number;
  whole: boolean;
}

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'trailers' | 'to-end' | 'tunnel';

export class AnswerReader {
  readonly answers: Answer[] = [];
  tunnelled: Buffer = Buffer.alloc(0);
  #rest: Buffer = Buffer.alloc(0);
  #state: State = 'head';
  #left = 0;
  readonly #onAnswer: () => void;

  constructor(onAnswer: () => void) {
    this.#onAnswer = onAnswer;
  }

  get isTunnel(): boolean {
    return this.#state === 'tunnel';
  }

  feed(data: Buffer): void {
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    while (this.#rest.length > 0 && this.#step()) {}
  }

  /** The connection has ended: an answer without a length is whole. */
  end(): void {
    if (this.#state === 'to-end') this.#done();
  }

  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#readHead();
      case 'length':
      case 'chunk':
        return this.#readBody();
      case 'chunk-size':
        return this.#readChunkSize();
      case 'trailers':
        return this.#line() !== undefined && this.#done();
      case 'to-end':
        this.#take(this.#rest.length);
        return true;
      case 'tunnel':
        this.tunnelled = Buffer.concat([this.tunnelled, this.#cut(this.#rest.length)]);
        return true;
    }
  }

  #readHead(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const [statusLine = '', ...lines] = this.#cut(end + 4)
      .toString('latin1')
      .trimEnd()
      .split('\r\n');
    const status = Number(statusLine.split(' ')[1]);
    const header = (name: string) =>
      lines
        .find((line) => line.toLowerCase().startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim();
    const id = header('x-id');
    if (status === 101 || (id === 'tunnel' && status === 200)) this.#state = 'tunnel';
    if (status < 200 || this.isTunnel) return true;
    this.answers.push({ id, status, saysClose: header('connection') === 'close', bytes: 0, whole: false });
    return this.#beginBody(header('content-length'), header('transfer-encoding'));
  }

  #beginBody(length: string | undefined, encoding: string | undefined): boolean {
    this.#left = Number(length ?? 0);
    this.#state = encoding === 'chunked' ? 'chunk-size' : length === undefined ? 'to-end' : 'length';
    return this.#state === 'length' && this.#left === 0 ? this.#done() : true;
  }

  #readChunkSize(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    // The empty line after a chunk's data.
    if (line === '') return true;
    this.#left = Number.parseInt(line, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
    return true;
  }

  #readBody(): boolean {
    this.#left -= this.#take(Math.min(this.#left, this.#rest.length));
    if (this.#left > 0) return true;
    if (this.#state === 'length') return this.#done();
    this.#state = 'chunk-size';
    return true;
  }

  #done(): boolean {
    this.answers.at(-1)!.whole = true;
    this.#state = 'head';
    this.#onAnswer();
    return true;
  }

  #line(): string | undefined {
    const end = this.#rest.indexOf('\r\n');
    return end < 0 ? undefined : this.#cut(end + 2).toString('latin1', 0, end);
  }

  #take(bytes: number): number {
    this.answers.at(-1)!.bytes += bytes;
    return this.#cut(bytes).length;
  }

  #cut(bytes: number): Buffer {
    const cut = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return cut;
  }
}
