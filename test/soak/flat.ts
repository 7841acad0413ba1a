import type { Soaked } from './soak.js';

/** What a soak has left behind, in words; empty if all is flat. */
export function notFlat({ drain, heap, requests }: Soaked): string[] {
  const found: string[] = [];
  const { connections, requests: inFlight } = drain.snapshot();
  if (drain.inFlight > 0 || inFlight.length > 0) found.push(`${drain.inFlight} in flight`);
  if (connections.open > 0) found.push(`${connections.open} connections`);
  // The first rounds warm the engine up; from then on a leak of one small object a request would show.
  const settled = heap.slice(Math.floor(heap.length / 2));
  const grown = settled.at(-1)! - settled[0]!;
  const perRequest = grown / ((requests * (settled.length - 1)) / heap.length);
  if (grown > 1_000_000 && perRequest > 40)
    found.push(`the heap grew by ${grown} bytes, ${perRequest.toFixed(0)} a request`);
  return found;
}
