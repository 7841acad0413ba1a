import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {'express' | 'fastify'} Framework */
/** @typedef {{ lameDuckMs: number, quietMs: number, deadlineMs: number }} DrainSettings */
/**
 * @typedef {object} BackendConfig
 * @property {Framework} framework
 * @property {string} library
 * @property {string} instance comes back in every answer, so that the drill knows who gave it
 * @property {import('node:net').ListenOptions} listen
 * @property {DrainSettings} drain
 */

/** What one request costs: between 5 and 20 ms, in which it is in flight. */
export async function work() {
  await sleep(5 + Math.random() * 15);
}

/** @returns {BackendConfig} */
export function readConfig() {
  return JSON.parse(process.argv[2] ?? '');
}

/** One line of JSON on stdout tells the drill what happened here. @param {object} message */
export function tell(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
