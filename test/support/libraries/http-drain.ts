import { createDrain, type Drain } from '@http-drain/core';
import { drain as expressDrain } from '@http-drain/express';
import { gracefulPlugin } from '@http-drain/fastify';
import type { Attachment, Host, Library } from '../subject/library.js';
import type { HookSetup } from '../subject/protocol.js';
import { features } from './http-drain-features.js';

const hookDoes: Record<HookSetup['does'], () => unknown> = {
  succeed: () => undefined,
  throw: () => {
    throw new Error('thrown by a hook');
  },
  hang: () => new Promise(() => {}),
};

/** A drain of this server alone, so that one process may play many situations. */
export async function attachDrain(host: Host): Promise<{ drain: Drain; attachment: Attachment }> {
  const { setup, server, app, fastify } = host;
  const drain = createDrain(setup.drain as Parameters<typeof createDrain>[0]);
  const probes = { readiness: '/readyz', liveness: '/livez' };
  if (app !== undefined) app.use(expressDrain({ drain, ...probes }) as never);
  if (fastify !== undefined) await fastify.register(gracefulPlugin as never, { drain, ...probes } as never);
  // Express and Fastify find their servers by themselves.
  if (setup.framework === 'node' && !setup.trackLate) drain.track(server);
  for (const { stage, name, does } of setup.hooks) {
    const hook = () => {
      host.log(`hook ${name}`);
      return hookDoes[does]() as Promise<void>;
    };
    stage === 'before' ? drain.beforeDrain(name, hook) : drain.afterDrain(name, hook);
  }
  const attachment: Attachment = {
    begin: () => {
      if (setup.trackLate) drain.track(server);
      return drain.shutdown();
    },
    signal: drain.signal,
    ready: () => drain.ready,
    waitUntil: (work, name) => void drain.waitUntil(work, name),
    trackWebSockets: (sockets, options) => void drain.trackWebSockets(sockets as never, options),
    track: (another) => void drain.track(another),
    phase: () => drain.phase,
    snapshot: () => drain.snapshot(),
  };
  return { drain, attachment };
}

/** http-drain by its own shutdown(). */
export const library: Library = {
  name: 'http-drain',
  features,
  attach: async (host) => (await attachDrain(host)).attachment,
};
