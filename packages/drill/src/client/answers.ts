/** The head of an HTTP/1 answer, and how much of its body has come. */
export interface Answer {
  status: number;
  /** '1.0' or '1.1'. */
  version: string;
  /** Names in lower case; repeated fields joined by ', '. */
  headers: ReadonlyMap<string, string>;
  /** Bytes of body so far. */
  bytes: number;
  /** By Content-Length; null: chunked, or until the connection ends. */
  promised: number | null;
  whole: boolean;
}

export interface Listener {
  interim(status: number): void;
  head(answer: Answer): void;
  whole(answer: Answer): void;
  /** What comes after a 101. */
  raw(data: Buffer): void;
}

type State =
  | 'head'
  | 'length'
  | 'chunk-size'
  | 'chunk'
  | 'chunk-end'
  | 'trailers'
  | 'until-close'
  | 'raw'
  | 'garbage';

const NOTHING = Buffer.alloc(0);
const LONGEST_HEAD = 262_144;

/** Reads the answers of one HTTP/1 connection, and knows of each whether it came whole (RFC 9112 section 8). */
export class AnswerReader {
  /** The answer whose head has come and whose body has not. */
  current: Answer | undefined;
  /** What came is not HTTP/1. */
  get garbage(): boolean {
    return this.#state === 'garbage';
  }
  #state: State = 'head';
  #rest: Buffer = NOTHING;
  #missing = 0;

  constructor(readonly listener: Listener) {}

  push(data: Buffer): void {
    let rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data;
    for (;;) {
      const next = this.#step(rest);
      if (next === undefined) break;
      rest = next;
    }
    const keeps = this.#state !== 'raw' && this.#state !== 'until-close' && this.#state !== 'garbage';
    this.#rest = keeps ? rest : NOTHING;
    if (this.#rest.length > LONGEST_HEAD) this.#state = 'garbage';
  }

  /** The connection has ended in order: an answer without a length is whole now, any other is not. */
  end(): void {
    if (this.current !== undefined && this.#state === 'until-close') this.#complete();
  }

  /** Handles what it can; gives what is left, or undefined when more bytes are wanted. */
  #step(data: Buffer): Buffer | undefined {
    switch (this.#state) {
      case 'head':
        if (!startsLikeHttp(data)) this.#state = 'garbage';
        return this.#state === 'head' ? this.#block(data, '\r\n\r\n', (text) => this.#head(text)) : undefined;
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
        this.#count(data.length);
        return undefined;
      case 'raw':
        if (data.length > 0) this.listener.raw(data);
        return undefined;
      case 'garbage':
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
    this.#count(take);
    this.#missing -= take;
    if (this.#missing === 0) this.#state === 'length' ? this.#complete() : this.#enter('chunk-end');
    return data.subarray(take);
  }

  #count(bytes: number): void {
    if (this.current !== undefined) this.current.bytes += bytes;
  }

  #chunk(size: number): void {
    if (Number.isNaN(size)) this.#enter('garbage');
    else {
      this.#missing = size;
      this.#enter(size === 0 ? 'trailers' : 'chunk');
    }
  }

  #head(text: string): void {
    const [first = '', ...lines] = text.split('\r\n');
    const status = Number(first.split(' ')[1]);
    if (status >= 100 && status < 200 && status !== 101) {
      this.listener.interim(status);
      return;
    }
    const headers = fields(lines);
    const version = first.slice(5, 8);
    this.current = { status, version, headers, bytes: 0, promised: null, whole: false };
    this.listener.head(this.current);
    this.#enterBody(this.current);
  }

  #enterBody(answer: Answer): void {
    const { status, headers } = answer;
    const length = headers.get('content-length');
    if (status === 101) {
      this.#complete();
      this.#enter('raw');
    } else if (/\bchunked$/i.test(headers.get('transfer-encoding') ?? '')) this.#enter('chunk-size');
    else if (status === 204 || status === 304 || length === '0') this.#complete();
    else if (length === undefined) this.#enter('until-close');
    else {
      this.#missing = Number(length);
      answer.promised = this.#missing;
      this.#enter('length');
    }
  }

  #enter(state: State): void {
    this.#state = state;
  }

  #complete(): void {
    const answer = this.current;
    if (answer === undefined) return;
    answer.whole = true;
    this.current = undefined;
    this.#state = 'head';
    this.listener.whole(answer);
  }
}

function startsLikeHttp(data: Buffer): boolean {
  return 'HTTP/1.'.startsWith(data.toString('latin1', 0, 7));
}

function fields(lines: string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  return headers;
}
