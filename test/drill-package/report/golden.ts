import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Drilled } from '../../../packages/drill/src/model.js';

const FOLDER = new URL('golden/', import.meta.url);

/** A report that is as it was; GOLDEN=write npx vitest run test/drill-package/report writes all of them anew. */
export function expectGolden(name: string, text: string): void {
  const file = new URL(name, FOLDER);
  if (process.env.GOLDEN === 'write') {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, 'utf8'));
}

/** A fresh copy each time: a test may change it. */
export function sample(): Drilled {
  return JSON.parse(readFileSync(new URL('../sample.json', import.meta.url), 'utf8')) as Drilled;
}

/** What a drill says that could not be held. */
export function undrilled(): Drilled {
  const drilled = sample();
  const nothing = { sent: 0, answered: 0, refused: 0, 'closed-idle': 0, race: 0, lost: 0 };
  return {
    ...drilled,
    ...{ service: null, findings: [], situations: [], rounds: [], worst: nothing, totals: nothing },
    verdict: 'undrilled',
    failure: {
      kind: 'died-before-signal',
      message: 'Expected node server.js to listen, but it ended with exit code 1 after 0.2 s.',
      output: ['Error: listen EADDRINUSE: address already in use :::3000', '    at <anonymous> & more'],
    },
    summary: 'Expected node server.js to listen, but it ended with exit code 1 after 0.2 s.',
    exitStatus: 2,
  };
}
