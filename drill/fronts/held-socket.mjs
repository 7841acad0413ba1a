import net from 'node:net';

/**
 * A listening socket that this process holds open and never accepts from, as systemd does for a unit that is
 * socket activated. Clients that connect while no backend runs wait in its queue.
 *
 * net.Server would accept connections itself; a handle that is only bound, as node:cluster makes one, does not.
 * The first backend's listen() makes it a listening socket, and it stays one as long as it is held here.
 */
export function holdListeningSocket() {
  /** @type {any} */
  const handle = /** @type {any} */ (net)._createServerHandle('127.0.0.1', 0, 4);
  if (typeof handle === 'number') throw new Error(`cannot bind a free port: error ${handle}`);
  /** @type {{ port?: number }} */
  const address = {};
  handle.getsockname(address);
  return {
    port: /** @type {number} */ (address.port),
    fd: /** @type {number} */ (handle.fd),
    close: () => handle.close(),
  };
}
