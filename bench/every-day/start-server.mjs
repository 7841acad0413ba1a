import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * A server in a process of its own (server.mjs).
 * @param {{ kind: 'http' | 'https' | 'h2c' | 'h2', work: 'hang' | 'echo' | 'wait', options?: object, port?: number, readiness?: string }} how
 */
export async function startServer(how) {
  const child = fork(fileURLToPath(new URL('./server.mjs', import.meta.url)), [JSON.stringify(how)], {
    stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
  });
  const end = () => child.kill('SIGKILL');
  process.on('exit', end);
  child.once('exit', () => process.off('exit', end));
  const ask = async (message) => {
    child.send(message);
    return (await once(child, 'message'))[0];
  };
  const [{ port }] = await once(child, 'message');
  return {
    port,
    inFlight: async () => (await ask('in flight')).inFlight,
    connections: async () => (await ask('connections')).connections,
    /** Drains it; resolves with the report, how long it took, and what it saw. */
    async stop() {
      const seen = await ask('stop');
      if (child.exitCode === null) await once(child, 'exit');
      return seen;
    },
  };
}
