import http2 from 'node:http2';

/** One session, and a new one once it is told to go. It sends nothing again. */
export class Http2Client {
  #url;
  #session;

  constructor(url) {
    this.#url = url;
  }

  /** Resolves with the status of a whole answer, 'refused' (and safe to send again), or what else it was. */
  ask() {
    this.#session ??= this.#connect();
    return new Promise((resolve) => {
      const stream = this.#session.request({ ':method': 'POST', ':path': '/' });
      let status = 'no answer';
      stream
        .on('response', (headers) => {
          status = String(headers[':status']);
        })
        .on('error', () => {})
        .on('close', () => {
          const { rstCode } = stream;
          const refused = rstCode === http2.constants.NGHTTP2_REFUSED_STREAM;
          resolve(
            refused ? 'refused' : rstCode === http2.constants.NGHTTP2_NO_ERROR ? status : `reset ${rstCode}`,
          );
        })
        .resume()
        .end('a request');
    });
  }

  end() {
    this.#session?.close();
  }

  #connect() {
    const session = http2.connect(this.#url, { rejectUnauthorized: false });
    session.on('error', () => {});
    for (const event of ['goaway', 'close']) {
      session.on(event, () => {
        if (this.#session === session) this.#session = undefined;
      });
    }
    return session;
  }
}
