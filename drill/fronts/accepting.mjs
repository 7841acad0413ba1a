import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves once something accepts connections on the port; rejects if the process that should have ends first.
 * A proxy has no way to tell that it listens, so this asks.
 * @param {number} port
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} withinMs
 */
export async function untilAccepting(port, child, withinMs = 10_000) {
  const giveUpAt = performance.now() + withinMs;
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with exit code ${child.exitCode}`);
    if (performance.now() > giveUpAt) throw new Error(`${child.spawnfile} does not listen on port ${port}`);
    await sleep(10);
  }
}

/** @param {number} port */
async function accepts(port) {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
