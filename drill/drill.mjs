import { readOptions, usage } from './options.mjs';
import { installPeers, missingPrograms } from './run/programs.mjs';
import { rollingRestart } from './run/rolling-restart.mjs';
import { reached, settings, tableHead, tableRow } from './table.mjs';

/** Proof by rolling restart: backends are restarted under load, and every request that gets lost is counted. */
const { plans, json, help } = readOptions();
const modes = [...new Set(plans.map(({ mode }) => mode))];
const missing = missingPrograms(modes);

if (help) {
  console.log(usage);
} else if (missing.length > 0) {
  console.error(
    `The drill needs ${missing.join(' and ')}: apt-get install ${missing.join(' ')} (no service of theirs needs to run).`,
  );
  process.exitCode = 1;
} else {
  await drill();
}

async function drill() {
  if (plans.some(({ library }) => library !== 'http-drain')) installPeers();
  if (!json) console.log(tableHead);
  for (const plan of plans) {
    const result = await rollingRestart(plan);
    console.log(
      json ? JSON.stringify({ ...result, reached: reached(result, plan.mode) }) : tableRow(result, plan.mode),
    );
    if (plan.library === 'http-drain' && !reached(result, plan.mode)) process.exitCode = 1;
  }
  if (!json) console.log(`\nhttp-drain's options, on Node ${process.version}:\n${settings(modes)}`);
}
