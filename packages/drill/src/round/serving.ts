import { connectionRows } from '../proc/tcp.js';
import type { Found } from '../service/find.js';
import type { Service } from '../service/service.js';

/**
 * The processes that hold the listening socket, or a connection that was accepted from it: in a cluster the one who
 * listens hands its connections to others.
 */
export async function servingOf(service: Service, found: Found): Promise<number[]> {
  const rows = await connectionRows(found.port, found.tables);
  const accepted = rows.map(({ inode }) => inode).filter((inode) => inode !== 0);
  const { pids } = service.family.holders(new Set([...found.inodes, ...accepted]));
  return [...new Set([...found.listeners, ...pids])];
}
