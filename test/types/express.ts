/** Types of the Express adapter, checked with the types of Express 5 and, by older/tsconfig.json, of Express 4. */
import { createDrain, type Drain, type DrainReport, drain, shutdown } from '@http-drain/express';
import express from 'express';
import { expectTypeOf } from 'vitest';

const app = express();
app.use(drain());
app.use(drain({ readiness: '/readyz', liveness: '/livez', deadlineMs: 10_000, drain: createDrain() }));
app.use('/api', drain());
express.Router().use(drain());
// @ts-expect-error a probe's path is a string
drain({ readiness: true });
// @ts-expect-error there is no such option
drain({ timeout: 10 });

app.get('/', (request, response) => {
  expectTypeOf(request.drain).toEqualTypeOf<Drain>();
  request.drain.signal.addEventListener('abort', () => response.end());
});
app.use(
  (_error: Error, request: express.Request, _response: express.Response, next: express.NextFunction) => {
    expectTypeOf(request.drain.phase).toEqualTypeOf<Drain['phase']>();
    next();
  },
);
expectTypeOf(shutdown()).toEqualTypeOf<Promise<DrainReport>>();
