import type { Client } from './client.js';

type Fields = Record<string, string | number>;

export function head(method: string, path: string, fields: Fields = {}): string {
  const lines = Object.entries({ Host: 'test', ...fields }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

export const get = (path: string, fields?: Fields): string => head('GET', path, fields);

/** The head of an upload whose body is to follow. */
export const post = (path: string, length: number, fields?: Fields): string =>
  head('POST', path, { 'Content-Type': 'application/octet-stream', 'Content-Length': length, ...fields });

/** Sends `megabytes` of body piece by piece, never more than the kernel takes, reading nothing meanwhile. */
export async function upload(client: Client, megabytes: number): Promise<void> {
  const piece = Buffer.alloc(64 * 1024, 'u');
  for (let sent = 0; sent < megabytes * 16; sent++) await client.write(piece);
}
