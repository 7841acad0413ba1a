/** npm run soak -- 200000 */
import { notFlat } from './flat.js';
import { soak } from './soak.js';

const count = Number(process.argv[2] ?? 200_000);
const began = performance.now();
const soaked = await soak(count, globalThis.gc!);
await soaked.close();
const seconds = ((performance.now() - began) / 1_000).toFixed(0);
console.log(`${soaked.requests} requests in ${seconds} s, ${soaked.aborted} of them cut by their clients`);
console.log(
  `heap after each round, MB: ${soaked.heap.map((bytes) => (bytes / 2 ** 20).toFixed(1)).join(' ')}`,
);
const found = notFlat(soaked);
console.log(found.length === 0 ? 'flat' : `not flat: ${found.join(', ')}`);
process.exitCode = found.length === 0 ? 0 : 1;
