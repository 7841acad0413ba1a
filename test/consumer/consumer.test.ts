import { readdir, readFile, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConsumerProject, OLDER_TSC } from './project.js';

let project: ConsumerProject;
beforeAll(async () => {
  project = await ConsumerProject.create();
}, 120_000);
afterAll(() => project?.remove());

/** A program that shut down with a request in flight, and printed what came of it. */
const DRAINED = {
  text: 'served',
  report: {
    outcome: 'drained',
    requests: { inFlightAtStart: 1, completed: 1, aborted: 0, forced: 0 },
    stuck: [],
  },
};

test('drains from an ES module, and import and require() give the same objects', async () => {
  expect(JSON.parse(await project.node('esm.mjs'))).toMatchObject({ ...DRAINED, sameObjects: true });
});

test('drains from CommonJS, and require() and import() give the same objects', async () => {
  expect(JSON.parse(await project.node('commonjs.cjs'))).toMatchObject({ ...DRAINED, sameObjects: true });
});

test('drains where register is what the program imports first', async () => {
  expect(JSON.parse(await project.node('registered.mjs'))).toEqual({ phase: 'closed', text: 'served' });
});

test.each([
  ['nodenext, as ES module', 'ts-esm'],
  ['node16, as CommonJS', 'ts-cjs'],
])(
  'compiles with TypeScript (%s) and drains',
  async (_, folder) => {
    await project.tool('typescript/bin/tsc', folder);
    expect(JSON.parse(await project.node(`${folder}/out/main.js`))).toMatchObject(DRAINED);
  },
  60_000,
);

test('has types for each entry point where TypeScript knows nothing of exports (node10)', async () => {
  await project.tool(OLDER_TSC, 'ts-node10');
}, 60_000);

test('gives what a library exports a name that it can write down, under pnpm', async () => {
  await project.layAsPnpm('ts-pnpm', 'express');
  await project.tool('typescript/bin/tsc', 'ts-pnpm');
  const declarations = await readFile(join(project.folder, 'ts-pnpm/out/main.d.ts'), 'utf8');
  expect(declarations).toContain('import("@http-drain/express").DrainReport');
}, 60_000);

test('drains under Jest', async () => {
  await project.tool('jest/bin/jest.js', 'jest', '--ci');
}, 60_000);

describe('drains from a bundle by esbuild, far from any node_modules', () => {
  const require =
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

  describe.each([
    { format: 'cjs', outfile: 'bundle.cjs' },
    { format: 'esm', outfile: 'bundle.mjs', banner: { js: require } },
  ] as const)('$outfile', (options) => {
    test.each([
      ['bundled.mjs', DRAINED],
      ['registered.mjs', { phase: 'closed', text: 'served' }],
    ])('%s', async (program, drained) => {
      await build({
        entryPoints: [program],
        absWorkingDir: project.folder,
        bundle: true,
        minify: true,
        platform: 'node',
        ...options,
      });
      const installed = join(project.folder, 'node_modules');
      await rename(installed, `${installed}.away`);
      try {
        expect(JSON.parse(await project.node(options.outfile))).toMatchObject(drained);
      } finally {
        await rename(`${installed}.away`, installed);
      }
    });
  });
});

describe.each(['core', 'express', 'fastify', 'nestjs'])('the package %s', (name) => {
  const folder = () => join(project.folder, 'node_modules/@http-drain', name);

  test('has what belongs there, and nothing else', async () => {
    const belongs = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json'];
    expect((await readdir(folder())).sort()).toEqual(belongs);
    const entries = await readdir(join(folder(), 'dist'), { recursive: true, withFileTypes: true });
    const kinds = entries.filter((entry) => entry.isFile()).map(({ name }) => name.replace(/^[^.]+/, ''));
    expect(new Set(kinds)).toEqual(new Set(['.js', '.js.map', '.d.ts', '.mjs', '.d.mts']));
  });

  test('has declarations of its entry points, and no others', async () => {
    const { exports } = JSON.parse(await readFile(join(folder(), 'package.json'), 'utf8'));
    const types = Object.values<{ require?: { types: string } }>(exports).flatMap(
      (entry) => entry.require?.types ?? [],
    );
    const files = await readdir(join(folder(), 'dist'), { recursive: true });
    const declarations = files.filter((file) => file.endsWith('.d.ts')).map((file) => `./dist/${file}`);
    expect(declarations.sort()).toEqual(types.sort());
  });

  test('has source maps that hold their sources', async () => {
    const dist = join(folder(), 'dist');
    const maps = (await readdir(dist)).filter((file) => file.endsWith('.map'));
    expect(maps).not.toEqual([]);
    for (const map of maps) {
      const { sources, sourcesContent } = JSON.parse(await readFile(join(dist, map), 'utf8'));
      expect(sourcesContent).toHaveLength(sources.length);
      for (const content of sourcesContent) expect(content).toMatch(/\b(import|export)\b/);
      const script = await readFile(join(dist, map.replace(/\.map$/, '')), 'utf8');
      expect(script).toContain(`//# sourceMappingURL=${map}`);
    }
  });
});

test('an error shows where in the sources it comes from, with --enable-source-maps', async () => {
  const script = `
    try {
      require('@http-drain/core').createDrain({ deadlineMs: '10s' });
    } catch (error) {
      console.log(JSON.stringify(error.stack));
    }`;
  expect(await project.node('--enable-source-maps', '-e', script)).toMatch(
    /core\/src\/drain\/options\.ts:\d+:\d+/,
  );
});

test('the main entry of core is one file', async () => {
  const script = `
    const { createDrain } = require('@http-drain/core');
    require('@http-drain/core/terminal');
    createDrain();
    console.log(JSON.stringify(Object.keys(require.cache).filter((path) => path.includes('core'))));`;
  const files: string[] = JSON.parse(await project.node('-e', script));
  expect(files.map((file) => basename(file)).sort()).toEqual(['index.js', 'terminal.js']);
});

test('the main entry of core loads none of its optional peers, nor any dependency', async () => {
  const script = `
    require('@http-drain/core');
    const loaded = Object.keys(require.cache).filter((path) => !path.includes('@http-drain'));
    console.log(JSON.stringify(loaded));`;
  expect(JSON.parse(await project.node('-e', script))).toEqual([]);
});
