import { parseArgs } from 'node:util';
import { peers } from './backends/peers.mjs';
import { modes } from './modes.mjs';

/** @typedef {import('./run/rolling-restart.mjs').Plan} Plan */

const libraries = ['http-drain', ...Object.keys(peers)];
const allBackends = ['express+express', 'fastify+fastify', 'express+fastify'];
/** One pair is enough to compare libraries; http-drain has to pass with all of them. */
const backendsOfPeers = ['express+fastify'];

export const usage = `npm run drill -- [options]

  --restarts <n>      restarts in each run (20)
  --only <library>    ${libraries.join(', ')}; may be repeated (all of them)
  --mode <mode>       ${modes.map(({ name }) => name).join(', ')}; may be repeated (all of them)
  --backends <pair>   ${allBackends.join(', ')}; may be repeated
                      (all of them for http-drain, ${backendsOfPeers} for the others)
  --json              one line of JSON for each run, with every lost request and every report
`;

/** What the command line asks for. @returns {{ plans: Plan[], json: boolean, help: boolean }} */
export function readOptions() {
  const { values } = parseArgs({
    options: {
      restarts: { type: 'string', default: '20' },
      only: { type: 'string', multiple: true, default: libraries },
      mode: { type: 'string', multiple: true, default: modes.map(({ name }) => name) },
      backends: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const restarts = Number(values.restarts);
  if (!Number.isInteger(restarts) || restarts < 1)
    throw new TypeError('--restarts is a whole number from 1 on');
  mustBeOneOf('--only', values.only, libraries);
  mustBeOneOf(
    '--mode',
    values.mode,
    modes.map(({ name }) => name),
  );
  mustBeOneOf('--backends', values.backends ?? [], allBackends);
  const plans = modes
    .filter(({ name }) => values.mode.includes(name))
    .flatMap((mode) =>
      values.only.flatMap((library) =>
        (values.backends ?? defaultBackends(library)).map((backends) => ({
          mode,
          library,
          backends,
          restarts,
        })),
      ),
    );
  return { plans, json: values.json, help: values.help };
}

/** @param {string} library */
function defaultBackends(library) {
  return library === 'http-drain' ? allBackends : backendsOfPeers;
}

/** @param {string} option @param {string[]} given @param {string[]} allowed */
function mustBeOneOf(option, given, allowed) {
  const wrong = given.find((value) => !allowed.includes(value));
  if (wrong !== undefined) throw new TypeError(`${option} ${wrong}: expected one of ${allowed.join(', ')}`);
}
