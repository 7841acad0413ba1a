/** Removes what the build makes, the ESM faces included, which `tsc --clean` does not know. */
import { rm } from 'node:fs/promises';

for (const name of ['core', 'express', 'fastify', 'nestjs', 'drill']) {
  const folder = new URL(`../packages/${name}/`, import.meta.url);
  for (const built of ['dist', 'types']) {
    await rm(new URL(built, folder), { recursive: true, force: true });
  }
}
