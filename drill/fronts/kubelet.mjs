import { setTimeout as sleep } from 'node:timers/promises';
import { startHaproxy } from './haproxy.mjs';

const probePeriodMs = 200;
/** How long after the signal the balancer hears of it: the two travel by different ways. */
const endpointLagMs = 1_000;

/**
 * Pods behind a service, as Kubernetes runs them: a pod gets traffic once its readiness probe succeeds, and a
 * pod that is told to end goes on getting traffic until its endpoint is removed, which happens later.
 * HAProxy does no checks of its own here: what it knows comes through its runtime socket.
 * @param {number} slots
 */
export async function startCluster(slots) {
  const proxy = await startHaproxy({
    ports: Array.from({ length: slots }, (_, slot) => slot + 1),
    checks: false,
  });
  const probes = Array.from({ length: slots }, () => new AbortController());
  return {
    ports: proxy.ports,

    /** Resolves once the pod takes traffic. @param {number} slot @param {number} port */
    async admit(slot, port) {
      const stopped = new AbortController();
      probes[slot] = stopped;
      while (!(await isReady(port))) await sleep(probePeriodMs);
      await expectSilence(proxy.command(`set server app/s${slot} addr 127.0.0.1 port ${port}`));
      await expectSilence(proxy.command(`set server app/s${slot} state ready`));
      void keepProbing(port, stopped.signal);
    },

    /** What happens while the pod ends. @param {number} slot */
    async dismiss(slot) {
      await sleep(endpointLagMs);
      await expectSilence(proxy.command(`set server app/s${slot} state maint`));
    },

    /** The pod is gone. @param {number} slot */
    forget(slot) {
      probes[slot]?.abort();
    },

    async stop() {
      for (const probe of probes) probe.abort();
      await proxy.stop();
    },
  };
}

/** Probes go on while a pod ends, and each is a connection of its own. @param {number} port @param {AbortSignal} signal */
async function keepProbing(port, signal) {
  while (!signal.aborted) {
    await isReady(port);
    await sleep(probePeriodMs);
  }
}

/** @param {number} port */
async function isReady(port) {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { headers: { connection: 'close' } });
    await answer.text();
    return answer.ok;
  } catch {
    return false;
  }
}

/** HAProxy answers a `set server` with a sentence only if something is wrong, or if an address changed. @param {Promise<string>} answer */
async function expectSilence(answer) {
  const text = await answer;
  if (text !== '' && !text.includes('changed')) throw new Error(`HAProxy: ${text}`);
}
