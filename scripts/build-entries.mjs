/**
 * Builds each entry point of the packages, whose types tsc has written: one CommonJS file with all that it needs of its
 * own package, so that a program loads one file and not forty; and an ESM face that re-exports it, so that `import` and
 * `require()` give the same objects.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);

/** What an entry point loads later, if at all; programs that a package starts itself. */
const LATER = { core: ['process/attend'], drill: ['watchdog', 'table-reader', 'pulse-thread'] };

process.env.HTTP_DRAIN = 'off'; // or `register` would register with this very process

for (const name of ['core', 'express', 'fastify', 'nestjs', 'drill']) {
  const folder = new URL(`../packages/${name}/`, import.meta.url);
  const { exports, bin = {} } = JSON.parse(await readFile(new URL('package.json', folder), 'utf8'));
  const entries = Object.values(exports).filter((entry) => typeof entry === 'object');
  const files = [...entries.map((entry) => entry.require.default), ...Object.values(bin)];
  const names = files.map((file) => basename(file, '.js'));
  await writeBundles(folder, [...names, ...(LATER[name] ?? [])]);
  for (const entry of entries) {
    await writeFace(new URL(entry.import.default, folder), new URL(entry.require.default, folder));
    if (entry.import.module)
      await writeFile(
        new URL(entry.import.module, folder),
        `import './${basename(entry.require.default)}';\n`,
      );
  }
}

/** What an entry point takes from another one of its package is loaded from there: there is one process drain. */
async function writeBundles(folder, names) {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(folder),
    entryPoints: names.map((name) => `src/${name}.ts`),
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    packages: 'external',
    // Of these the compiler's paths say where they are; there is one core in a process, whoever loads it.
    external: ['@http-drain/*', './index.js', './process/attend.js'],
    sourcemap: true,
    write: false,
    logLevel: 'warning',
  });
  for (const { path, text } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, path.endsWith('.js') ? takeBuiltinsAsTheyAre(text) : text);
  }
}

/**
 * For each default import of a module of Node, in each file of ours, esbuild copies all its names, which costs the start
 * of a process 3 to 5 ms in all (`npm run register:cost`).
 *
 * @throws Error where something else than its default is imported beside it
 */
function takeBuiltinsAsTheyAre(script) {
  return script.replaceAll(/^var (\w+) = __toESM\(require\("(node:\w+)"\)\);$/gm, (_, name, builtin) => {
    const [other] = script.match(new RegExp(`\\b${name}\\.(?!default\\b)\\w+`)) ?? [];
    if (other) throw new Error(`Expected only a default import of ${builtin}, got ${other} beside it.`);
    return `var ${name} = { default: require("${builtin}") };`;
  });
}

/**
 * Of what is there for its effect alone. An import would have Node look for names in it, which costs the start of every
 * process some 20 ms on Node 22; what a bundler cannot follow, it finds under the condition `module`.
 */
function requiring(from) {
  return [`import { createRequire } from 'node:module';`, `createRequire(import.meta.url)('${from}');`];
}

/** Its names are read from the built module. */
async function writeFace(esm, cjs) {
  const from = `./${basename(cjs.pathname)}`;
  const built = require(cjs.pathname);
  const names = Object.keys(built).filter((key) => key !== 'default' && key !== '__esModule');
  // A default export has a name too. By it the types find it: to them `default` of a CommonJS module is all of it.
  const defaultName = names.find((name) => built[name] === built.default);
  const lines =
    names.length === 0
      ? requiring(from)
      : [
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
