import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type Child, killLeftovers } from '../process/child.js';
import { fixture, startRegistered } from '../register/registered.js';
import { Client } from '../support/client/client.js';
import { get } from '../support/client/requests.js';
import { PROGRAMS, stop } from './programs.js';

afterEach(killLeftovers);

describe('a program that nobody has changed loses nothing, and ends as it would have', () => {
  test.each(PROGRAMS)('$name', { timeout: 60_000 }, async (program) => {
    const { lost, exit, child } = await stop(program, true);
    expect(lost).toEqual([]);
    expect(exit).toEqual(program.exit);
    expect(child.stderr).toBe('');
  });
});

const require = createRequire(fileURLToPath(new URL('package.json', import.meta.url)));

test.each(['signal-exit-3', 'signal-exit-4'])(
  '%s tells of the signal, and ends the process by it',
  async (name) => {
    const child: Child = startRegistered(fixture('signal-exit.cjs'), { args: [require.resolve(name)] });
    const client = await Client.connect({ port: await child.number('listening'), tls: false });
    await client.write(get('/slow'));
    await child.saw(/^request$/m);
    child.signal('SIGTERM');
    expect((await client.answer()).body.toString()).toBe('slow');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(child.stdout).toMatch(/^told of null SIGTERM$/m);
    expect(child.stderr).toBe('');
  },
);
