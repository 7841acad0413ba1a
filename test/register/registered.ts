import { fileURLToPath, pathToFileURL } from 'node:url';
import { Child } from '../process/child.js';

export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

const built = (name: string): string =>
  fileURLToPath(new URL(`../../packages/core/dist/${name}`, import.meta.url));

/** The ways in which `register` comes before a program, by absolute paths, as for NODE_OPTIONS. */
export const WAYS = {
  '--import': ['--import', pathToFileURL(built('register.mjs')).href],
  '--require': ['--require', built('register.js')],
} as const;

interface Options {
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
  way?: keyof typeof WAYS;
  detached?: boolean;
}

/** Starts a program that knows nothing of http-drain, with `register` before it. */
export function startRegistered(
  program: string,
  { args = [], env, way = '--require', detached = false }: Options = {},
): Child {
  return new Child(process.execPath, [...WAYS[way], program, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    detached,
  });
}

/** The same program without it. */
export function startBare(program: string, { args = [], env, detached = false }: Options = {}): Child {
  return new Child(process.execPath, [program, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    detached,
  });
}
