import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

/**
 * A test suite of somebody else's, in a folder outside of this repository.
 *
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} version
 * @property {string} folder
 * @property {boolean} hasCases does a file tell of its cases, or is it one?
 * @property {string[]} files relative to the folder
 * @property {boolean} runsAlone can it run one case of a file?
 * @property {(file: string, how: { tapFile: string, only?: string }) => Promise<string[]>} args what Node runs a file
 *   with; `only` names a case
 * @property {string} front the URL of the module that puts the drain in front of a test
 * @property {(only?: string) => Record<string, string>} env
 */

/** The suites that there are: how to get one, and how it is run. */
export const SUITES = {
  fastify: {
    get: 'git clone --depth 1 --branch v5.12.1 https://github.com/fastify/fastify DIR, and npm install in it',
    open: openFastify,
  },
  node: {
    get: 'git clone --depth 1 --branch v20.20.0 https://github.com/nodejs/node DIR (its folder test is enough), of the version that runs',
    open: (path) => openNode(path, 'Node', 'node'),
  },
  register: {
    get: 'the same folder as for --node: its tests as programs that nobody touches, started with @http-drain/core/register',
    open: (path) => openNode(path, 'Register', 'register'),
  },
  express: {
    get: 'git clone --depth 1 --branch v5.2.1 https://github.com/expressjs/express DIR, and npm install in it',
    open: openExpress,
  },
};

/** `node:test`, or tap, which prints the same where it is loaded. */
async function openFastify(path) {
  const folder = resolve(path);
  return {
    name: 'Fastify',
    version: (await packageOf(folder)).version,
    folder,
    hasCases: true,
    runsAlone: true,
    files: await filesIn(folder, 'test', (name) => /\.test\.m?js$/.test(name)),
    args: async (file, { tapFile, only }) => [
      ...(only === undefined
        ? []
        : only.split(' > ').map((name) => `--test-name-pattern=${patternOf(name)}`)),
      '--allow-natives-syntax',
      '--test-reporter=tap',
      `--test-reporter-destination=${tapFile}`,
      join(folder, file),
    ],
    front: frontOf('fastify', { root: folder }),
    env: (only) =>
      only === undefined
        ? {}
        : {
            TAP_GREP: namesIn(only)
              .map((name) => `/${name}/`)
              .join('\n'),
          },
  };
}

/** Patterns for the names of a case and of those that it is in, outermost first. */
const namesIn = (only) => only.split(' > ').map(patternOf);

/** A name that was there before has a number behind it, which is not its own. */
function patternOf(name) {
  const own = name.replace(/ \(\d+\)$/, '').replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return `^${own}( \\(\\d+\\))?$`;
}

/** Each file is a program, which passes if it exits with 0; what flags it wants stands in it. */
async function openNode(path, name, front) {
  const folder = resolve(path);
  const tests = mkdtempSync(join(tmpdir(), 'http-drain-company-'));
  process.on('exit', () => rmSync(tests, { recursive: true, force: true }));
  return {
    name,
    version: await nodeVersion(folder),
    folder,
    hasCases: false,
    runsAlone: false,
    files: await filesIn(folder, 'test/parallel', (name) => /^test-(http|https|http2)[-.].*js$/.test(name)),
    args: async (file) => {
      const [, flags = ''] = /^\/\/ Flags:(.*)$/m.exec(await readFile(join(folder, file), 'utf8')) ?? [];
      return [...flags.split(/\s+/).filter(Boolean), join(folder, file)];
    },
    front: frontOf(front, {}),
    env: () => ({ NODE_TEST_DIR: tests }),
  };
}

/** Mocha, as Express' own `npm test` runs it. */
async function openExpress(path) {
  const folder = resolve(path);
  const own = await filesIn(folder, 'test', (name) => name.endsWith('.js'), false);
  const acceptance = await filesIn(folder, 'test/acceptance', (name) => name.endsWith('.js'));
  return {
    name: 'Express',
    version: (await packageOf(folder)).version,
    folder,
    hasCases: true,
    runsAlone: false,
    files: [...own, ...acceptance],
    args: async (file) => [
      join(folder, 'node_modules/mocha/bin/_mocha'),
      '--require=test/support/env',
      '--reporter=tap',
      '--check-leaks',
      join(folder, file),
    ],
    front: frontOf('express', { root: folder }),
    env: () => ({}),
  };
}

/** Node's own tree says its version; a copy of its tests alone has it in the name of its folder. */
async function nodeVersion(folder) {
  const header = await readFile(join(folder, 'src/node_version.h'), 'utf8').catch(() => '');
  const numbers = ['MAJOR', 'MINOR', 'PATCH'].map(
    (part) => new RegExp(`NODE_${part}_VERSION (\\d+)`).exec(header)?.[1],
  );
  if (numbers.every(Boolean)) return numbers.join('.');
  const [version] = /\d+\.\d+\.\d+/.exec(basename(folder)) ?? [];
  if (version) return version;
  throw new Error(
    `Expected ${folder} to be Node's tree, or to have its version in its name, as node-20.20.0`,
  );
}

async function packageOf(folder) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

async function filesIn(folder, under, isTest, recursive = true) {
  const entries = await readdir(join(folder, under), { recursive, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && isTest(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** The URL of a front; one that is idle puts nothing in the drain's place, or what does nothing. */
function frontOf(name, parameters) {
  const url = new URL(`front/${name}.mjs`, import.meta.url);
  for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
  return url.href;
}

/** @param {Suite} suite */
export function idleFrontOf({ front }) {
  const url = new URL(front);
  url.searchParams.set('idle', '');
  return url.href;
}
