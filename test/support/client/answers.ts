/** One HTTP/1 answer as it came over the wire. */
export interface Answer {
  status: number;
  /** Names in lower case; repeated fields joined by ', '. */
  headers: ReadonlyMap<string, string>;
  body: Buffer;
  /** False when the connection ended before the length that the head promised. */
  whole: boolean;
}

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close' | 'raw';

const NOTHING = Buffer.alloc(0);

/**
 * Reads the answers of one HTTP/1 connection and knows whether each of them arrived whole (RFC 9112 section 8).
 *
 * It reads what well-behaved servers send, which is all that a test needs; it is no general parser.
 */
export class AnswerReader {
  /** Statuses of the interim answers (1xx) that came, in order. */
  readonly interim: number[] = [];
  readonly answers: Answer[] = [];
  /** Bytes of body that the answer in progress has brought so far. */
  partialBytes = 0;
  /** The answer whose head has come and whose body has not. */
  current: Answer | undefined;
  #state: State = 'head';
  #rest: Buffer = NOTHING;
  #body: Buffer[] = [];
  #missing = 0;
  #raw: Buffer[] = [];

  /** What came after the head of a 101, or of an answer to CONNECT. */
  get raw(): Buffer {
    return Buffer.concat(this.#raw);
  }

  push(data: Buffer): void {
    let rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data;
    for (;;) {
      const next = this.#step(rest);
      if (next === undefined) break;
      rest = next;
    }
    this.#rest = rest;
    if (this.#state === 'raw' || this.#state === 'until-close') this.#rest = NOTHING;
  }

  /** The connection has ended: an answer without a length is whole now, any other is not. */
  end(): void {
    if (this.current !== undefined && this.#state === 'until-close') this.#complete();
  }

  /** Handles what it can; gives what is left, or undefined when more bytes are wanted. */
  #step(data: Buffer): Buffer | undefined {
    switch (this.#state) {
      case 'head':
        return this.#block(data, '\r\n\r\n', (text) => this.#head(text));
      case 'chunk-size':
        return this.#block(data, '\r\n', (text) => this.#chunk(Number.parseInt(text, 16)));
      case 'chunk-end':
        return this.#block(data, '\r\n', () => this.#enter('chunk-size'));
      case 'trailers':
        return this.#block(data, '\r\n', (text) => text === '' && this.#complete());
      case 'length':
      case 'chunk':
        return this.#counted(data);
      case 'until-close':
        this.#keep(data);
        return undefined;
      case 'raw':
        this.#raw.push(data);
        return undefined;
    }
  }

  #block(data: Buffer, end: string, then: (text: string) => void): Buffer | undefined {
    const at = data.indexOf(end);
    if (at < 0) return undefined;
    then(data.toString('latin1', 0, at));
    return data.subarray(at + end.length);
  }

  #counted(data: Buffer): Buffer | undefined {
    if (data.length === 0) return undefined;
    const take = Math.min(this.#missing, data.length);
    this.#keep(data.subarray(0, take));
    this.#missing -= take;
    if (this.#missing === 0) this.#state === 'length' ? this.#complete() : this.#enter('chunk-end');
    return data.subarray(take);
  }

  #keep(data: Buffer): void {
    this.#body.push(data);
    this.partialBytes += data.length;
  }

  #chunk(size: number): void {
    this.#missing = size;
    this.#enter(size === 0 ? 'trailers' : 'chunk');
  }

  #head(text: string): void {
    const [first = '', ...fields] = text.split('\r\n');
    const status = Number(first.split(' ')[1]);
    const headers = new Map<string, string>();
    for (const field of fields) {
      const colon = field.indexOf(':');
      const name = field.slice(0, colon).toLowerCase();
      const value = field.slice(colon + 1).trim();
      headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
    }
    if (status >= 100 && status < 200 && status !== 101) {
      this.interim.push(status);
      return;
    }
    this.current = { status, headers, body: NOTHING, whole: false };
    this.#enterBody(status, headers);
  }

  #enterBody(status: number, headers: ReadonlyMap<string, string>): void {
    const length = headers.get('content-length');
    if (status === 101 || headers.has('x-tunnel')) {
      this.#complete();
      this.#enter('raw');
    } else if (headers.get('transfer-encoding') === 'chunked') this.#enter('chunk-size');
    else if (status === 204 || status === 304 || length === '0') this.#complete();
    else if (length === undefined) this.#enter('until-close');
    else {
      this.#missing = Number(length);
      this.#enter('length');
    }
  }

  #enter(state: State): void {
    this.#state = state;
  }

  #complete(): void {
    if (this.current === undefined) return;
    this.answers.push(Object.assign(this.current, { body: Buffer.concat(this.#body), whole: true }));
    this.current = undefined;
    this.#body = [];
    this.partialBytes = 0;
    this.#state = 'head';
  }
}
