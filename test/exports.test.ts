import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import * as core from '@http-drain/core';
import * as express from '@http-drain/express';
import * as fastify from '@http-drain/fastify';
import * as nestjs from '@http-drain/nestjs';
import { expect, test } from 'vitest';

const require = createRequire(import.meta.url);

const SHARED = [
  'afterDrain',
  'beforeDrain',
  'createDrain',
  'onDrain',
  'processDrain',
  'setReady',
  'shutdown',
  'untilSignal',
  'waitUntil',
];

const packages = [
  [
    '@http-drain/core',
    core,
    [
      ...SHARED,
      'DrainError',
      'checkAdapterOptions',
      'checkDrain',
      'createProbes',
      'handsErrorToCaller',
      'probeAnswer',
    ],
  ],
  ['@http-drain/express', express, [...SHARED, 'drain']],
  ['@http-drain/fastify', fastify, [...SHARED, 'gracefulPlugin', 'default']],
  ['@http-drain/nestjs', nestjs, [...SHARED, 'DRAIN', 'DrainHealthIndicator', 'DrainModule', 'InjectDrain']],
] as const;

test.each(packages)(
  '%s exports these names, the same through import and require()',
  (name, imported, names) => {
    expect(Object.keys(imported).sort()).toEqual([...names].sort());
    const required = require(name) as Record<string, unknown>;
    for (const key of names) expect(required[key]).toBe((imported as Record<string, unknown>)[key]);
  },
);

test('the adapters give the very objects of the core', () => {
  for (const name of SHARED) {
    const value = (core as Record<string, unknown>)[name];
    expect((express as Record<string, unknown>)[name]).toBe(value);
    expect((fastify as Record<string, unknown>)[name]).toBe(value);
    expect((nestjs as Record<string, unknown>)[name]).toBe(value);
  }
});

/** What Node has loaded once a server of HTTP listens, in a process of its own. */
function modulesBehind(args: string[], before = ''): string[] {
  const script = `${before}; require('node:http').createServer().listen(0, '127.0.0.1', () => {
    console.log(process.moduleLoadList.join());
    process.exit();
  })`;
  const { stdout } = spawnSync(process.execPath, [...args, '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return stdout.split(',');
}

const { resolve } = createRequire(import.meta.url);

test.each([
  ['core', [], `require(${JSON.stringify(resolve('@http-drain/core'))})`],
  ['register', ['--require', resolve('@http-drain/core/register')], ''],
])('%s makes no process load what a server of plain HTTP does without', (_name, args, before) => {
  const loaded = modulesBehind(args, before);
  expect(loaded).toContain('NativeModule http');
  const bare = modulesBehind([]);
  const more = loaded.filter((name) => !bare.includes(name));
  for (const name of ['http2', 'https', 'tls', 'crypto', 'worker_threads', 'perf_hooks', 'inspector'])
    expect(more).not.toContain(`NativeModule ${name}`);
});
