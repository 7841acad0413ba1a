import { parseArgs } from 'node:util';
import { modes } from './modes.mjs';
import { rollingRestart } from './run/rolling-restart.mjs';

const { values } = parseArgs({
  options: {
    restarts: { type: 'string', default: '20' },
    only: { type: 'string', multiple: true },
    mode: { type: 'string', multiple: true },
    pair: { type: 'string', default: 'express,fastify' },
  },
});
for (const mode of modes) {
  if (values.mode && !values.mode.includes(mode.name)) continue;
  for (const library of values.only) {
    const t0 = Date.now();
    const r = await rollingRestart({
      mode,
      library,
      frameworks: values.pair.split(','),
      restarts: Number(values.restarts),
    });
    const { losses, reports, ...rest } = r;
    console.log(JSON.stringify(rest), Date.now() - t0);
    const by = {};
    for (const l of losses) {
      const k = `${l.reason} ${l.reused ? 'reused' : 'fresh'}`;
      by[k] = (by[k] ?? 0) + 1;
    }
    console.log(JSON.stringify(by));
    for (const l of losses.slice(0, 3)) console.log('   ', JSON.stringify(l));
  }
}
