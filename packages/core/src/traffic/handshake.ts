import { asksInHandshake } from '../node/tls.js';
import { Connection } from './connection.js';
import { READER_SILENCE_MS, whenSilent } from './linger.js';

/**
 * A TCP connection whose TLS handshake is not done. The connection that comes out of it takes its place.
 *
 * Its client is waited for as one is that has asked nothing yet; and where it has said hello, and it is for the server to
 * answer, which asks others for that, as long as they may take their time.
 */
export class Handshake extends Connection {
  override readonly state = 'handshake';

  override protocol(): string {
    return 'tls';
  }

  override announce(): void {}

  override cutShort(): void {
    this.force();
  }

  override retire(): void {
    this.retired = true;
    if (!this.awaitFirstRequest(() => this.#close())) this.#close();
  }

  #close(): void {
    const isServersTurn = this.hasSent && this.socket.bytesWritten === 0;
    if (!isServersTurn || !asksInHandshake(this.home.server)) this.destroy();
    else whenSilent(this.socket, READER_SILENCE_MS, () => this.home.holds(this) && this.destroy());
  }
}
