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

export const probes = { readiness: '/readyz', liveness: '/livez' };

/** A drain of this server alone, so that one process may play many situations. */
async function ownDrain({ setup, app, fastify }: Host): Promise<Drain> {
  const drain = createDrain(setup.drain as Parameters<typeof createDrain>[0]);
  if (app !== undefined) app.use(expressDrain({ drain, ...probes }) as never);
  if (fastify !== undefined) await fastify.register(gracefulPlugin as never, { drain, ...probes } as never);
  return drain;
}

export function attachDrain(host: Host, drain: Drain): Attachment {
  const { setup, server } = host;
  // Express and Fastify find their servers by themselves.
  if (setup.framework === 'node' && !setup.trackLate) drain.track(server);
  for (const { stage, name, does } of setup.hooks) {
    const hook = () => {
      host.log(`hook ${name}`);
      return hookDoes[does]() as Promise<void>;
    };
    stage === 'before' ? drain.beforeDrain(name, hook) : drain.afterDrain(name, hook);
  }
  return {
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
}

/** http-drain by its own shutdown(). */
export const library: Library = {
  name: 'http-drain',
  features,
  attach: async (host) => attachDrain(host, await ownDrain(host)),
};
