// biome-ignore lint/suspicious/noExplicitAny: any method of any object
type Method = (...args: any[]) => any;

/**
 * Puts a method of ours on an object, before the one that it has: its own, or that of its class. Returns a function
 * that takes it away: the property is then what it was; or, where somebody has put theirs over ours meanwhile, that
 * stays, and ours leads on to what was there.
 *
 * Where the object is frozen, or the property is, nothing is done.
 *
 * @param make - makes our method of the one that is there
 */
export function shadow<T extends object>(
  object: T,
  key: keyof T,
  make: (original: Method) => Method,
): () => void {
  const before = Object.getOwnPropertyDescriptor(object, key);
  const original = object[key] as Method;
  let ours: Method | undefined = make(original);
  const value = function (this: unknown, ...args: unknown[]): unknown {
    return (ours ?? original).apply(this, args);
  };
  try {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } catch {
    return () => {};
  }
  return () => {
    ours = undefined;
    if (Object.getOwnPropertyDescriptor(object, key)?.value !== value) return;
    if (before) Object.defineProperty(object, key, before);
    else delete object[key];
  };
}
