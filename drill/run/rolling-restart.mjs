import { Load } from '../load/load.mjs';
import { Crew } from './crew.mjs';

/** @typedef {{ mode: import('../modes.mjs').Mode, library: string, backends: string, restarts: number }} Plan */
/** @typedef {Awaited<ReturnType<typeof rollingRestart>>} Result */

const clients = 64;
const thinkMs = 15;
const answerTimeoutMs = 20_000;
/** A backend is back in service once it has answered this many requests. */
const answersToBeBack = 150;
const backWithinMs = 20_000;

/**
 * Restarts one backend after the other under load, each only when all of them take traffic again.
 * @param {Plan} plan
 */
export async function rollingRestart(plan) {
  const stage = await plan.mode.setUp();
  const load = new Load({ ports: stage.ports, clients, thinkMs, timeoutMs: answerTimeoutMs });
  const crew = new Crew({ ...plan, stage });
  try {
    await crew.start();
    load.start();
    await allBack(crew, load);
    for (let turn = 0; turn < plan.restarts; turn += 1) {
      await crew.restart(turn % stage.slots);
      await allBack(crew, load);
    }
  } finally {
    await load.stop();
    await crew.stop();
    await stage.stop();
  }
  return resultOf(plan, load, crew);
}

/** @param {Crew} crew @param {Load} load */
async function allBack(crew, load) {
  await Promise.all(crew.instances.map((name) => load.untilServedBy(name, answersToBeBack, backWithinMs)));
}

/** @param {Plan} plan @param {Load} load @param {Crew} crew */
function resultOf({ mode, library, backends, restarts }, load, crew) {
  return {
    mode: mode.name,
    library,
    backends,
    restarts,
    sent: load.sent,
    answered: load.answered,
    lost: load.losses.length,
    perSecond: load.requestsPerSecond,
    slowestMs: Math.round(load.slowestMs),
    killed: crew.endings.filter(({ killed }) => killed).length,
    stopsMs: crew.endings.map(({ tookMs }) => tookMs),
    exitCodes: crew.endings.map(({ code }) => code),
    losses: load.losses.map(({ at, ...loss }) => ({ ...loss, sinceSignalMs: crew.sinceLastSignal(at) })),
    reports: crew.endings.map(({ report }) => report),
  };
}
