/**
 * The parts of a drain. One that nobody refers to any more is free to go, as an application that is never closed, unless
 * it is held: somebody counts on what it will do.
 */
export class Parts<Part extends object> implements Iterable<Part> {
  readonly #refs = new Set<WeakRef<Part>>();
  readonly #refOf = new WeakMap<Part, WeakRef<Part>>();
  readonly #held = new Set<Part>();
  readonly #gone = new FinalizationRegistry<WeakRef<Part>>((ref) => this.#refs.delete(ref));

  add(part: Part): void {
    const ref = new WeakRef(part);
    this.#refs.add(ref);
    this.#refOf.set(part, ref);
    this.#gone.register(part, ref, ref);
  }

  hold(part: Part): void {
    this.#held.add(part);
  }

  delete(part: Part): void {
    const ref = this.#refOf.get(part);
    this.#held.delete(part);
    if (!ref) return;
    this.#refs.delete(ref);
    this.#gone.unregister(ref);
  }

  *[Symbol.iterator](): Generator<Part, void, undefined> {
    for (const ref of this.#refs) {
      const part = ref.deref();
      if (part) yield part;
    }
  }
}
