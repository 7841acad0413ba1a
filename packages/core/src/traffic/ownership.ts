import type { Server } from 'node:net';

/** A drain, as far as servers are concerned. */
export interface Owner {
  /** What it is a part of. */
  readonly parent?: Owner | undefined;
  /** Tracks a server that it has already. */
  hear(server: Server, said: object): void;
  /** Somebody has a better claim to the server: it tracks it no more. */
  letGo(server: Server): void;
}

/** How well founded a claim to a server is. */
export enum Claim {
  /** It was found, and nobody else looked for it. */
  Found,
  /** It was looked for. */
  Known,
  /** Somebody said so. */
  Said,
}

/**
 * Whose server it is: of those that claim it, the one with the best claim has it. Where two say so, both have it; but a
 * part has it rather than what it is a part of.
 */
export class Ownership {
  readonly #claims = new WeakMap<Server, Map<Owner, Claim>>();

  /** Returns false where another one has a better claim; whoever has a worse one lets the server go. */
  claim(server: Server, owner: Owner, claim: Claim): boolean {
    const claims = this.#claims.get(server) ?? new Map<Owner, Claim>();
    const others = [...claims].filter(([other]) => other !== owner);
    if (others.some(([other, theirs]) => beats(other, theirs, owner, claim))) return false;
    for (const [other, theirs] of others) {
      if (!beats(owner, claim, other, theirs)) continue;
      claims.delete(other);
      other.letGo(server);
    }
    claims.set(owner, Math.max(claim, claims.get(owner) ?? claim));
    this.#claims.set(server, claims);
    return true;
  }

  /** Has anybody a claim to it? */
  isOwned(server: Server): boolean {
    return (this.#claims.get(server)?.size ?? 0) > 0;
  }

  /** The part of `owner` that has the server. */
  partOf(owner: Owner, server: Server): Owner | undefined {
    return [...(this.#claims.get(server)?.keys() ?? [])].find(({ parent }) => parent === owner);
  }

  disown(server: Server, owner: Owner): void {
    this.#claims.get(server)?.delete(owner);
  }
}

function beats(one: Owner, claim: Claim, other: Owner, theirs: Claim): boolean {
  return claim > theirs || (claim === theirs && one.parent === other);
}
