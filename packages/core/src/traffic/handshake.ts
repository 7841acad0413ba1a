import { Connection } from './connection.js';

/** A TCP connection whose TLS handshake is not done. The connection that comes out of it takes its place. */
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
    if (!this.awaitFirstRequest(() => this.destroy())) this.destroy();
  }
}
