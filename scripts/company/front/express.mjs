/** Uses the middleware, with a drain of its own, in each Express application that a test makes. */
import { join } from 'node:path';
import { createDrain } from '@http-drain/core';
import { drain } from '@http-drain/express';
import { onEach } from './on-each.mjs';

const { searchParams } = new URL(import.meta.url);
const nothing = (_request, _response, next) => next();

onEach(join(searchParams.get('root'), 'lib/express.js'), (app) => {
  app.use(searchParams.has('idle') ? nothing : drain({ drain: createDrain() }));
});
