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
  const names = Object.keys(require(cjs.pathname)).filter((key) => key !== 'default' && key !== '__esModule');
  const hasDefault = 'default' in require(cjs.pathname);
  const lines = [
    `import cjs from '${from}';`,
    `export const { ${names.sort().join(', ')} } = cjs;`,
    ...(hasDefault ? ['export default cjs.default;'] : []),
  ];
  await writeFile(esm, `${lines.join('\n')}\n`);
  const types = [`export * from '${from}';`, ...(hasDefault ? [`export { default } from '${from}';`] : [])];
  await writeFile(new URL(esm.href.replace(/\.mjs$/, '.d.mts')), `${types.join('\n')}\n`);
}
