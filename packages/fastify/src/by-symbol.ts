/** What Fastify keeps under a symbol of this description, by which no other version of it is known. */
export function bySymbol<T>(object: object, description: string): T | undefined {
  const symbol = Object.getOwnPropertySymbols(object).find((key) => key.description === description);
  return symbol && (object as Record<symbol, T>)[symbol];
}
