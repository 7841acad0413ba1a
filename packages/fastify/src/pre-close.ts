import type { FastifyInstance } from 'fastify';

type Hook = (this: FastifyInstance, done?: (error?: Error) => void) => unknown;

/**
 * Runs Fastify's preClose hooks, of this instance and of those within it, one after the other. They are there to end
 * what would keep the server from closing, so they have to run when draining begins; Fastify runs them in close(),
 * which comes last here. In its lists each is replaced by its own result, so that it runs once.
 *
 * Fastify keeps the lists under symbols. Where it does not, the hooks run late, in close().
 */
export async function takePreCloseHooks(fastify: FastifyInstance): Promise<void> {
  const errors: unknown[] = [];
  for (const instance of withChildren(fastify)) {
    const hooks = bySymbol<{ preClose?: Hook[] }>(instance, 'fastify.hooks')?.preClose ?? [];
    for (const [index, hook] of hooks.entries()) {
      const result = run(hook, instance);
      hooks[index] = () => result;
      await result.catch((error: unknown) => errors.push(error));
    }
  }
  if (errors.length > 0) throw errors[0];
}

function withChildren(fastify: FastifyInstance): FastifyInstance[] {
  const children = bySymbol<FastifyInstance[]>(fastify, 'fastify.children') ?? [];
  return [fastify, ...children.flatMap(withChildren)];
}

/** A hook that takes `done` calls it back; any other may return a promise (Fastify documentation, Hooks). */
function run(hook: Hook, instance: FastifyInstance): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (hook.length === 0) resolve(hook.call(instance));
    else hook.call(instance, (error) => (error ? reject(error) : resolve(undefined)));
  });
}

/** What Fastify keeps under a symbol of this description. */
export function bySymbol<T>(object: object, description: string): T | undefined {
  const symbol = Object.getOwnPropertySymbols(object).find((key) => key.description === description);
  return symbol && (object as Record<symbol, T>)[symbol];
}
