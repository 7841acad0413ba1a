import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const demo = fileURLToPath(new URL('../demo/demo.mjs', import.meta.url));

it('the demo loses no request, drains both servers, and prints what each of them waited for', async () => {
  const child = spawn(process.execPath, [demo, '--requests', '200'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  for (const name of ['Express', 'Fastify']) {
    expect(output).toMatch(new RegExp(`^${name} serving: \\d+ requests?, \\d+ connections?`, 'm'));
    expect(output).toMatch(new RegExp(`^${name} lame-duck: .* s left`, 'm'));
    expect(output).toMatch(new RegExp(`^${name} draining: .* s left`, 'm'));
  }
  expect(output.match(/(\d+) sent, \1 answered whole, 0 lost, \d+ refused/g)).toHaveLength(2);
  expect(output.match(/report: drained in \d+ ms/g)).toHaveLength(2);
  expect(output.match(/database closed, exit code 0/g)).toHaveLength(2);
  expect(code, output).toBe(0);
}, 60_000);
