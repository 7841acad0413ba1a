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

test('core makes no process load HTTP/2, which it may never speak', () => {
  const path = createRequire(import.meta.url).resolve('@http-drain/core');
  const script = `require(${JSON.stringify(path)}); console.log(process.moduleLoadList.join())`;
  const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  expect(stdout.split(',')).toContain('NativeModule http');
  expect(stdout.split(',')).not.toContain('NativeModule http2');
});
