/** How often what was seen. */
export class Tally {
  #counts = new Map();

  add(what, count = 1) {
    this.#counts.set(what, this.of(what) + count);
  }

  of(what) {
    return this.#counts.get(what) ?? 0;
  }

  /** The rest, in words. */
  without(...whats) {
    const rest = [...this.#counts].filter(([what]) => !whats.includes(what));
    return rest.map(([what, count]) => `${count} × ${what}`).join(', ') || '0';
  }

  toString() {
    return this.without();
  }
}
