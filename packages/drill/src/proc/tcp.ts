import { closeSync, openSync, readSync } from 'node:fs';
import { readLines } from './reader.js';

/** A row of /proc/net/tcp: one side of a connection, or a listening socket. */
export interface TcpRow {
  address: string;
  port: number;
  remotePort: number;
  state: number;
  /** Bytes (or, of a listening socket, connections) that wait to be taken. */
  receiveQueue: number;
  /** Bytes written that the peer has not acknowledged. */
  sendQueue: number;
  /** 0: no process holds it. Of a connection: not accepted yet, or closed already. */
  inode: number;
  table: Table;
}

export const ESTABLISHED = 1;
/** The last packet of the handshake has not come, or was dropped. */
export const SYN_RECEIVED = 3;
export const CLOSE_WAIT = 8;
export const LISTEN = 10;

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'] as const;
export type Table = (typeof TABLES)[number];

/**
 * The rows of connections whose own port is `port`: the service's side of them. The kernel walks its whole table for
 * this, which takes some milliseconds: in another thread.
 */
export async function connectionRows(port: number, tables: readonly Table[]): Promise<TcpRow[]> {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = await Promise.all(tables.map((table) => readLines(table, end)));
  return lines.flatMap((ofTable, index) =>
    ofTable.filter(([, , , state]) => state !== '0A').map((fields) => parse(fields, tables[index] as Table)),
  );
}

/** All listening sockets of this network namespace. They come first in the table, so that this is quick. */
export function listeningRows(tables: readonly Table[] = TABLES): TcpRow[] {
  return tables.flatMap((table) => {
    const lines = readWhile(table, (line) => line.trim().split(/\s+/, 4)[3] === '0A');
    return lines.map((line) => parse(line.trim().split(/\s+/, 10), table));
  });
}

const CHUNK_BYTES = 1_024;

/** The lines after the first one, as long as they are wanted; no more of the file is read. */
function readWhile(path: string, wanted: (line: string) => boolean): string[] {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return []; // no IPv6 here
  }
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let text = '';
    for (;;) {
      const bytes = readSync(file, chunk);
      text += chunk.toString('latin1', 0, bytes);
      const lines = text.split('\n').slice(1, -1);
      const stop = lines.findIndex((line) => !wanted(line));
      if (stop >= 0 || bytes === 0) return stop >= 0 ? lines.slice(0, stop) : lines;
    }
  } finally {
    closeSync(file);
  }
}

function parse(fields: string[], table: Table): TcpRow {
  const [, local = '', remote = '', state = '', queues = ''] = fields;
  const [address, port] = split(local);
  const [sendQueue = '0', receiveQueue = '0'] = queues.split(':');
  return {
    address: table === '/proc/net/tcp6' ? colons(address) : dotted(address),
    port,
    remotePort: split(remote)[1],
    state: Number.parseInt(state, 16),
    receiveQueue: Number.parseInt(receiveQueue, 16),
    sendQueue: Number.parseInt(sendQueue, 16),
    inode: Number(fields[9]),
    table,
  };
}

function split(end: string): [string, number] {
  const colon = end.lastIndexOf(':');
  return [end.slice(0, colon), Number.parseInt(end.slice(colon + 1), 16)];
}

/** The kernel prints an address as the number it is on this machine: on every machine that Node runs on, reversed. */
function dotted(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  return bytes
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}

/** Of IPv6 it prints four such numbers. What is mapped to IPv4 (RFC 4291 section 2.5.5.2) is written so. */
function colons(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  const groups = Array.from({ length: 8 }, (_, index) => `${bytes[2 * index]}${bytes[2 * index + 1]}`);
  const isMapped = /^(?:0000){5}ffff$/i.test(groups.slice(0, 6).join(''));
  if (isMapped)
    return bytes
      .slice(12)
      .map((byte) => Number.parseInt(byte, 16))
      .join('.');
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}

const ANY_IPV6 = '0:0:0:0:0:0:0:0';

/** Where to reach what listens at this row, the likeliest first. */
export function hostsOf({ address }: TcpRow): string[] {
  if (address === '0.0.0.0') return ['127.0.0.1'];
  // On any address: IPv4 reaches it, too, unless it was bound to IPv6 alone.
  return address === ANY_IPV6 ? ['127.0.0.1', '::1'] : [address];
}
