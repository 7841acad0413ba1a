import net from 'node:net';

/**
 * What all copies of this package in a process have in common. It hangs on what they share whatever `globalThis` is: Jest
 * gives each test file globals and modules of its own, and what a file subscribes to in Node's channels would hold all that
 * it has ever loaded.
 */
export function shared<T extends object>(name: string, make: () => T): T {
  const key = Symbol.for(`@http-drain/core:${name}:1`);
  const made = (net.Server as { [key]?: T })[key] ?? make();
  // Where Node's classes are frozen each copy has its own.
  Reflect.defineProperty(net.Server, key, { value: made });
  return made;
}
