/**
 * Gives each entry point of the packages its ESM face: a module that re-exports the CommonJS build, so that
 * `import` and `require()` give the same objects. Its names are read from the built module.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename } from 'node:path';

const require = createRequire(import.meta.url);

for (const name of ['core', 'express', 'fastify']) {
  const folder = new URL(`../packages/${name}/`, import.meta.url);
  const { exports } = JSON.parse(await readFile(new URL('package.json', folder), 'utf8'));
  for (const entry of Object.values(exports)) {
    if (typeof entry === 'object')
      await writeFace(new URL(entry.import.default, folder), new URL(entry.require.default, folder));
  }
}

async function writeFace(esm, cjs) {
  const from = `./${basename(cjs.pathname)}`;
  const built = require(cjs.pathname);
  const names = Object.keys(built).filter((key) => key !== 'default' && key !== '__esModule');
  // A default export has a name too. By it the types find it: to them `default` of a CommonJS module is all of it.
  const defaultName = names.find((name) => built[name] === built.default);
  const lines = [
    `import cjs from '${from}';`,
    `export const { ${names.sort().join(', ')} } = cjs;`,
    ...(defaultName ? ['export default cjs.default;'] : []),
  ];
  await writeFile(esm, `${lines.join('\n')}\n`);
  const types = [
    `export * from '${from}';`,
    ...(defaultName ? [`export { ${defaultName} as default } from '${from}';`] : []),
  ];
  await writeFile(new URL(esm.href.replace(/\.mjs$/, '.d.mts')), `${types.join('\n')}\n`);
}
