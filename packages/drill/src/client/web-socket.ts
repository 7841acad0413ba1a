import { randomBytes } from 'node:crypto';
import type { Client } from './client.js';

const CLOSE = 8;
const FIN = 0x80;
const MASKED = 0x80;

/** The lines that ask for a WebSocket (RFC 6455 section 4.1). */
export function upgradeLines(): string {
  const key = randomBytes(16).toString('base64');
  return `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`;
}

/** Watches for the close frame of a WebSocket, and answers it as a client does. */
export class CloseFrames {
  /** A close frame has come. */
  seen = false;
  #rest = Buffer.alloc(0);

  constructor(client: Client) {
    client.onRaw = (data) => {
      this.#rest = Buffer.concat([this.#rest, data]);
      while (this.#next()) {
        if (!this.seen) continue;
        void client.write(Buffer.from([FIN | CLOSE, MASKED, 0, 0, 0, 0]));
        return;
      }
    };
  }

  /** Takes one frame off what has come; false where none is whole. Servers do not mask. */
  #next(): boolean {
    const data = this.#rest;
    if (data.length < 2 || this.seen) return false;
    const [first = 0, second = 0] = data;
    const short = second & 0x7f;
    const head = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (data.length < head) return false;
    const length =
      short === 127 ? Number(data.readBigUInt64BE(2)) : short === 126 ? data.readUInt16BE(2) : short;
    if (data.length < head + length) return false;
    this.seen = (first & 0x0f) === CLOSE;
    this.#rest = data.subarray(head + length);
    return true;
  }
}
