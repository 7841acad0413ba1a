import { subscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { isReferenced } from './internals.js';
import { shared } from './shared.js';

/** What Node's names of resources mean. */
const NOUNS: Record<string, string> = {
  Timeout: 'timer',
  Immediate: 'immediate',
  TCPServerWrap: 'listening server',
  PipeServerWrap: 'listening server',
  TCPSocketWrap: 'TCP socket',
  UDPWrap: 'UDP socket',
  PipeWrap: 'pipe',
  TTYWrap: 'terminal',
  ProcessWrap: 'child process',
  Worker: 'worker thread',
  MessagePort: 'message port',
  FSEventWrap: 'file watcher',
  StatWatcher: 'file watcher',
  FSReqCallback: 'file operation',
  FSReqPromise: 'file operation',
  GetAddrInfoReqWrap: 'name look-up',
};

/** Node does not count worker threads among its resources; it publishes each that begins (diagnostics_channel). */
const workers = shared('workers', () => {
  const begun = new Set<WeakRef<Worker>>();
  subscribe('worker_threads', (message) => {
    const { worker } = message as { worker: Worker };
    for (const ref of begun) if (!isRunning(ref.deref())) begun.delete(ref);
    begun.add(new WeakRef(worker));
  });
  return begun;
});

/** What keeps the process alive, counted by kind: "1 timer (Timeout), 3 TCP sockets (TCPSocketWrap)". */
export function describeActive(): string {
  const kinds = [...withoutOutput(process.getActiveResourcesInfo()), ...runningWorkers()];
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const texts = [...counts].map(([kind, count]) => {
    const noun = NOUNS[kind];
    if (noun === undefined) return `${count} ${kind}`;
    return `${count} ${noun}${count === 1 ? '' : 's'} (${kind})`;
  });
  return texts.join(', ') || 'nothing that Node tells of';
}

/** Node counts stdout and stderr, which keep nothing alive, once they have been used. */
function withoutOutput(kinds: string[]): string[] {
  for (const { _handle } of [process.stdout, process.stderr] as { _handle?: object }[]) {
    const at = _handle ? kinds.lastIndexOf(`${_handle.constructor.name}Wrap`) : -1;
    if (at >= 0) kinds.splice(at, 1);
  }
  return kinds;
}

function runningWorkers(): string[] {
  const running = [...workers].filter((ref) => isRunning(ref.deref()));
  return running.map(() => 'Worker');
}

/** Its thread has an id until it exits, and keeps the process alive unless `unref()` was called. */
const isRunning = (worker: Worker | undefined): boolean =>
  worker !== undefined && worker.threadId >= 0 && isReferenced(worker);
