/**
 * The HTTP/2 half of the raw server: just enough frames to answer any request, as RFC 9113 has them. It leaves as it
 * should, by GOAWAY with the last stream id that it took, but for the sin it is given.
 */
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GOAWAY = 7;
const ACK = 1;
const END_STREAM = 1;
const END_HEADERS = 4;
/** HPACK: the indexed field `:status: 200`. */
const STATUS_200 = Buffer.from([0x88]);
const ANSWER_MS = 250;
const ALL_STREAMS = 2 ** 31 - 1;

export const speaksH2 = (received) => PREFACE.startsWith(received.toString('latin1', 0, PREFACE.length));

export class H2Connection {
  #rest = Buffer.alloc(0);
  #greeted = false;
  #open = new Set();
  #last = 0;
  #leaving = false;

  constructor(socket, sin) {
    this.socket = socket;
    this.sin = sin;
    this.#frame(SETTINGS, 0, 0);
  }

  data(data) {
    this.#rest = Buffer.concat([this.#rest, data]);
    if (!this.#greeted) {
      if (this.#rest.length < PREFACE.length) return;
      this.#greeted = true;
      this.#rest = this.#rest.subarray(PREFACE.length);
    }
    while (this.#rest.length >= 9 && this.#rest.length >= 9 + this.#rest.readUIntBE(0, 3)) {
      const length = this.#rest.readUIntBE(0, 3);
      const [type, flags] = [this.#rest[3], this.#rest[4]];
      this.#take(type, flags, this.#rest.readUInt32BE(5) & ALL_STREAMS, this.#rest.subarray(9, 9 + length));
      this.#rest = this.#rest.subarray(9 + length);
    }
  }

  /** No new streams; those that were taken are answered, then it closes. */
  leave() {
    this.#leaving = true;
    if (this.sin !== 'h2-no-goaway') {
      const payload = Buffer.alloc(8);
      payload.writeUInt32BE(this.sin === 'h2-goaway-max' ? ALL_STREAMS : this.#last);
      this.#frame(GOAWAY, 0, 0, payload);
    }
    if (this.sin === 'h2-goaway-max' || this.sin === 'h2-unanswered') setTimeout(() => this.socket.end(), 5);
    this.#closeWhenDone();
  }

  #take(type, flags, id, payload) {
    if (type === SETTINGS && !(flags & ACK)) this.#frame(SETTINGS, ACK, 0);
    if (type === PING && !(flags & ACK)) this.#frame(PING, ACK, 0, payload);
    if (type === RST_STREAM) this.#open.delete(id);
    if (type === HEADERS && !this.#leaving) {
      this.#open.add(id);
      this.#last = Math.max(this.#last, id);
    }
    const ends = (type === HEADERS || type === DATA) && flags & END_STREAM;
    if (ends && this.#open.has(id)) setTimeout(() => this.#answer(id), ANSWER_MS);
  }

  #answer(id) {
    if (!this.#open.delete(id) || this.socket.destroyed) return;
    this.#frame(HEADERS, END_HEADERS, id, STATUS_200);
    this.#frame(DATA, END_STREAM, id, Buffer.from('hello\n'));
    this.#closeWhenDone();
  }

  #closeWhenDone() {
    if (!this.#leaving || this.#open.size > 0) return;
    this.socket.end();
    setTimeout(() => this.socket.destroy(), 500).unref();
  }

  #frame(type, flags, id, payload = Buffer.alloc(0)) {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(id, 5);
    if (this.socket.writable) this.socket.write(Buffer.concat([head, payload]));
  }
}
