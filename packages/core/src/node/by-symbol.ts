/** A symbol that Node does not export, under which an object has something. */
export const symbolOf = (object: object, description: string): symbol | undefined =>
  Object.getOwnPropertySymbols(object).find((key) => key.description === description);

/** What an object has under such a symbol. */
export function bySymbol<T>(object: object, description: string): T | undefined {
  const symbol = symbolOf(object, description);
  return symbol && (object as Record<symbol, T>)[symbol];
}
