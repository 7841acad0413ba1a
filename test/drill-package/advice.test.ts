import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CAUSES } from '../../packages/drill/src/judge/causes.js';
import { endLeftovers, Program, terminateDuringRequest } from '../examples/program.js';

const path = 'node_modules/.cache/http-drain-advice/';
const folder = new URL(`../../${path}`, import.meta.url);

beforeAll(() => mkdirSync(folder, { recursive: true }));
afterEach(endLeftovers);
afterAll(() => rmSync(folder, { recursive: true }));

/** What every service of Node is told that loses something, as somebody does who adds just that. */
test('what the drill says to write drains a server, as it stands', async () => {
  writeFileSync(
    new URL('main.mjs', folder),
    `import http from 'node:http';
    const server = http.createServer((_request, response) => setTimeout(() => response.end('hello'), 200));
    server.listen(0);
    ${CAUSES.D002.fix.node}`,
  );
  const program = new Program(`${path}main.mjs`);
  const { answer, exit } = await terminateDuringRequest(program);
  expect(answer.body).toBe('hello');
  expect({ ...exit, stderr: program.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
}, 20_000);
