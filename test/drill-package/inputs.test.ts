import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type DrillOptions, drill, type Reporter, report } from '../../packages/drill/dist/index.js';
import { sample } from './report/golden.js';

const command = [process.execPath, '-e', ''];

/** Without a call of the function that is typed: what JavaScript gives it. */
const refusal = (options: unknown) =>
  drill(options as DrillOptions).then(
    ({ verdict }) => `not refused: ${verdict}`,
    ({ name, kind, message }) => ({ name, kind, message }),
  );

describe('the function refuses what cannot be, in one sentence', () => {
  const a = (kind: string, got: string) => new RegExp(`^Expected .* to be ${kind}, got ${got}\\.$`);
  const COMMAND = 'a program and its arguments, such as \\["node", "server.js"\\]';
  const cases: [string, unknown, RegExp][] = [
    ['no options', undefined, /^Expected options such as .*, got undefined\.$/],
    ['no command', {}, a(COMMAND, 'undefined')],
    ['an empty command', { command: [] }, a(COMMAND, '\\[\\]')],
    ['a command in one string', { command: 'node b.mjs' }, a(COMMAND, '"node b.mjs"')],
    ['a word that is no string', { command: [1] }, a(COMMAND, '\\[1\\]')],
    ['a program without a name', { command: [''] }, a(COMMAND, '\\[""\\]')],
    ['a word with a NUL', { command: ['node', 'a\0'] }, a(COMMAND, '.*')],
    [
      'an option that there is none of',
      { command, ports: 1 },
      /^There is no option `ports`: there are command, url, /,
    ],
    ['an unknown signal', { command, signal: 'SIGX' }, a('a signal such as SIGTERM', '"SIGX"')],
    ['what every object has', { command, signal: 'toString' }, a('a signal such as SIGTERM', '"toString"')],
    ['SIGKILL', { command, signal: 'SIGKILL' }, /got "SIGKILL", which no program can catch\.$/],
    ['SIGCONT', { command, signal: 'SIGCONT' }, /got "SIGCONT", which stops nothing\.$/],
    ['an unknown code', { command, only: ['D999'] }, a('codes such as D007,D020', '\\["D999"\\]')],
    ['codes in one string', { command, skip: 'D007' }, a('codes such as D007,D020', '"D007"')],
    ['no list of codes', { command, allow: {} }, a('codes such as D007,D020', 'an object')],
    ['rounds in a string', { command, rounds: '2' }, a('a whole number from 1 to 100', '"2"')],
    ['half a round', { command, rounds: 1.5 }, a('a whole number from 1 to 100', '1.5')],
    ['no round', { command, rounds: 0, clients: 0 }, a('a whole number from 1 to 100', '0')],
    ['clients without end', { command, clients: Infinity }, a('a whole number from 0 to 1000', 'Infinity')],
    ['a port that there is none of', { command, port: 70_000 }, a('a whole number from 1 to 65535', '70000')],
    ['a path without its slash', { command, url: 'x' }, a('a path such as /items', '"x"')],
    ['two lines in a path', { command, slow: '/x\r\ny: z' }, a('a path such as /items', '.*')],
    ['an unknown platform', { command, platform: 'x' }, a('one of kubernetes, docker, .*', '"x"')],
    ['no number of ms', { command, graceMs: Number.NaN }, a('a number of ms from 0 to 2147483647', 'NaN')],
    ['a time before now', { command, preStopMs: -1 }, a('a number of ms from 0 to 2147483647', '-1')],
    ['a time with its unit', { command, readyWithinMs: '30s' }, a('a number of ms .*', '"30s"')],
    ['headers as an object', { command, headers: {} }, /^Expected `headers` to be lines .*"Name: value"\.$/],
    ['a header of two lines', { command, headers: ['X-A: b\nEvil: c'] }, /^Expected `headers` to be lines/],
    ['a header with a NUL', { command, headers: ['X-A: b\0'] }, /^Expected `headers` to be lines/],
    ['a switch that is no switch', { command, strict: 'no' }, a('true or false', '"no"')],
    ['no AbortSignal', { command, abort: new AbortController() }, a('an AbortSignal', 'an object')],
    ['no function', { command, progress: true }, a('a function', 'true')],
    ['what does not go together', { command, proxy: 'nginx' }, /^Expected --rolling beside --proxy/],
  ];

  test.each(cases)('%s', async (_, options, sentence) => {
    expect(await refusal(options)).toEqual({
      name: 'DrillFailure',
      kind: 'usage',
      message: expect.stringMatching(sentence),
    });
  });

  test('and shows no header, which may be a secret', async () => {
    expect(await refusal({ command, headers: ['Authorization Bearer 123'] })).toMatchObject({
      message: expect.not.stringContaining('123'),
    });
  });

  test('what is left out, or undefined, has its default', async () => {
    const options = { command: [process.execPath, '-e', 'process.exit(3)'], url: undefined, only: [] };
    expect(await refusal(options)).toBe('not refused: undrilled');
  });

  test('an unknown reporter', async () => {
    await expect(report(sample(), 'xml' as Reporter, new PassThrough())).rejects.toThrow(
      'Expected the reporter to be one of tty, json, junit, github, markdown, got "xml".',
    );
  });
});
