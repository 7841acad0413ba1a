import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { endLeftovers, Program, terminateDuringRequest } from '../examples/program.js';
import { AMBIENT } from './ambient.js';
import { type Block, blocksOf, DOCUMENTS } from './blocks.js';

const folder = 'node_modules/.cache/http-drain-docs/';
const root = fileURLToPath(new URL('../../', import.meta.url));
const inCode = DOCUMENTS.flatMap(blocksOf).filter(({ lang }) =>
  /^([cm]?[jt]s|javascript|typescript)$/.test(lang),
);
/** Each once: the packages' READMEs say again what docs/ say. */
const blocks = inCode.filter((block, index) => inCode.findIndex(({ code }) => code === block.code) === index);
const withRole = (role: string) => blocks.filter(({ roles }) => roles[0] === role);
const fileName = ({ where }: Block) => where.replaceAll(/[^\w]+/g, '-');

beforeAll(() => {
  rmSync(root + folder, { recursive: true, force: true });
  mkdirSync(root + folder, { recursive: true });
});

afterEach(endLeftovers);

/**
 * - run: a whole program. It serves, answers a request that is in flight at SIGTERM, and exits with 0.
 * - fragment: lines of one, checked against the types, with the names of AMBIENT around it.
 * - before: the use of another library, to compare with.
 * - signature: made from the declarations by scripts/api-docs.mjs.
 */
test('every block of code says what it is', () => {
  const known = ['run', 'fragment', 'before', 'signature'];
  const unknown = blocks.filter(({ roles }) => !known.includes(roles[0] ?? ''));
  expect(unknown.map(({ where }) => where)).toEqual([]);
});

describe('each program runs as it stands', () => {
  test.each(withRole('run'))(
    '$where',
    async (block) => {
      const path = `${folder}${fileName(block)}.${block.roles.includes('cjs') ? 'cjs' : 'mjs'}`;
      writeFileSync(root + path, block.code);
      const program = new Program(path);
      const { answer, exit } = await terminateDuringRequest(program);
      expect(answer.status).toBeLessThan(300);
      expect(answer.body).not.toBe('');
      expect({ ...exit, stderr: program.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    },
    60_000,
  );
});

test('each fragment fits the types', () => {
  const names = withRole('fragment').map((block) => {
    const name = `${fileName(block)}.ts`;
    writeFileSync(root + folder + name, `${block.code}\nexport {};\n`);
    return name;
  });
  writeFileSync(`${root}${folder}ambient.d.ts`, AMBIENT);
  const compilerOptions = {
    target: 'es2023',
    module: 'esnext',
    moduleResolution: 'bundler',
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
    experimentalDecorators: true,
    typeRoots: [`${root}node_modules/@types`],
  };
  writeFileSync(
    `${root}${folder}tsconfig.json`,
    JSON.stringify({ compilerOptions, files: ['ambient.d.ts', ...names] }),
  );
  const args = ['node_modules/typescript/bin/tsc', '-p', folder];
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
}, 60_000);
