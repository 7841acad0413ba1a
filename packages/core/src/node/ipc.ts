import cluster from 'node:cluster';

/**
 * The channel to the parent holds the process no more. A worker of a cluster leaves the primary when nothing else is
 * left to do: connections may be on their way to it until the primary knows that it goes.
 */
export function letGoOfParent(): void {
  if (!process.channel) return;
  process.channel.unref();
  if (!cluster.worker) return;
  process.once('beforeExit', () => {
    if (!process.connected) return;
    process.channel?.ref();
    cluster.worker?.disconnect();
  });
}

/**
 * Calls back when the primary of a cluster tells this worker to disconnect, before Node closes its servers. Without
 * Node's inner messages, of which this is one: never.
 */
export function onDisconnectByPrimary(callback: () => void): () => void {
  if (!cluster.isWorker) return () => {};
  const onMessage = (message: { cmd?: unknown; act?: unknown }) => {
    if (message?.cmd === 'NODE_CLUSTER' && message.act === 'disconnect') callback();
  };
  const events = process as NodeJS.EventEmitter;
  events.prependListener('internalMessage', onMessage);
  return () => events.off('internalMessage', onMessage);
}
