/** What every request of a drill says of itself, and the parts that witnesses send apart. */
export class Requests {
  readonly #common: string;

  /**
   * @param url - the path that is asked for where none is named
   * @param headers - lines that the user adds: "Authorization: Bearer ..."
   */
  constructor(
    host: string,
    readonly url: string,
    readonly headers: readonly string[],
  ) {
    const own = [`Host: ${host}`, 'User-Agent: http-drain-drill', 'Accept: */*'];
    this.#common = [...own, ...headers].map((line) => `${line}\r\n`).join('');
  }

  /** The user's headers, as HTTP/2 has them. */
  get h2Headers(): Record<string, string> {
    const pairs = this.headers.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]);
    return Object.fromEntries(pairs);
  }

  get(id: string, path = this.url, more = ''): string {
    return `GET ${path} HTTP/1.1\r\n${this.#common}x-drill-id: ${id}\r\n${more}\r\n`;
  }

  /** The head of a POST whose body the caller sends. */
  post(id: string, length: number, path = this.url, more = ''): string {
    const body = `Content-Type: application/octet-stream\r\nContent-Length: ${length}\r\n`;
    return `POST ${path} HTTP/1.1\r\n${this.#common}x-drill-id: ${id}\r\n${body}${more}\r\n`;
  }
}
