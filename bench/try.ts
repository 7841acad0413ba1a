import { parseArgs } from 'node:util';
import { situations } from '../test/situations/index.js';
import { Player } from '../test/support/play.js';
import { applies, type Kind, kinds } from '../test/support/situation.js';

/** Plays some situations against one library and says what happened: for whoever works on either. */
const { values } = parseArgs({
  options: {
    library: { type: 'string', default: '../test/support/libraries/http-drain.ts' },
    kind: { type: 'string', default: 'http' },
    only: { type: 'string', default: '' },
    strict: { type: 'boolean', default: false },
    times: { type: 'string', default: '1' },
  },
});

const module = new URL(values.library, import.meta.url).href;
const { library } = await import(module);
const player = new Player(module, { strict: values.strict });
for (const name of values.kind.split(',')) {
  const kind: Kind = kinds[name as keyof typeof kinds];
  for (const situation of situations) {
    if (!applies(situation, kind, library.features) || !new RegExp(values.only).test(situation.name))
      continue;
    for (let time = 0; time < Number(values.times); time++) {
      const since = performance.now();
      const error = await player.play(situation, kind).then(
        () => undefined,
        (reason: Error) => reason,
      );
      const ms = Math.round(performance.now() - since);
      console.log(
        `${error ? 'FAIL' : 'pass'} ${String(ms).padStart(5)} ms  ${kind.name}: ${situation.name}${error ? `\n       ${error.message}` : ''}`,
      );
    }
  }
}
player.close();
process.exit();
