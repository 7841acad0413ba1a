import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { CODES, type Drilled, MODEL_VERSION, OUTCOMES } from '../../../packages/drill/src/model.js';
import { sample, undrilled } from './golden.js';

// The validator that Fastify brings along.
const require = createRequire(createRequire(import.meta.url).resolve('fastify'));
const Ajv = require('ajv').default as new (options: object) => { compile(schema: object): Validate };

interface Validate {
  (data: unknown): boolean;
  errors?: { instancePath: string; message: string }[] | null;
}

const schema = JSON.parse(
  readFileSync(new URL('../../../packages/drill/schema.json', import.meta.url), 'utf8'),
);
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

function errorsOf(drilled: Drilled): string[] {
  validate(JSON.parse(JSON.stringify(drilled)));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

test('what a drill found keeps to the schema', () => {
  expect(errorsOf(sample())).toEqual([]);
});

test('so does a drill that could not be held', () => {
  expect(errorsOf(undrilled())).toEqual([]);
});

test('the schema knows each code and each outcome', () => {
  expect(schema.definitions.code.enum).toEqual([...CODES]);
  expect(schema.definitions.outcome.enum).toEqual([...OUTCOMES]);
  expect(schema.properties.version.const).toBe(MODEL_VERSION);
});

test('the schema tells of a field that is missing, unknown, or of another kind', () => {
  const { summary, ...missing } = sample();
  expect(errorsOf(missing as Drilled)).toEqual([" must have required property 'summary'"]);
  expect(errorsOf({ ...sample(), more: 1 } as Drilled)).toEqual([' must NOT have additional properties']);
  const wrong = sample();
  (wrong.findings[0] as { certainty: string }).certainty = 'guessed';
  expect(errorsOf(wrong)).toEqual(['/findings/0/certainty must be equal to one of the allowed values']);
  expect(summary).not.toBe('');
});
