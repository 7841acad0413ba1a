/** What this folder is for: the programs beside it, with the types of Express 4 and Fastify 4. */
import type { Request } from 'express';
import type { FastifyRequest } from 'fastify';
import { expectTypeOf } from 'vitest';

expectTypeOf<Request>().toHaveProperty('param'); // gone in Express 5
expectTypeOf<FastifyRequest>().toHaveProperty('routerPath'); // gone in Fastify 5
