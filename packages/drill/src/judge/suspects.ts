import { SITUATIONS, type SituationSpec } from '../round/situations.js';
import type { TimeVerdict } from './time.js';

type Holding = NonNullable<SituationSpec['holds']>;

/** What may keep a process: the round again without it shows it. */
export interface Suspect {
  codes: readonly TimeVerdict['code'][];
  holds: readonly Holding[];
  note: string;
}

const KEPT: Suspect = { codes: ['D020'], holds: ['keep-alive'], note: 'without kept connections' };
const SILENT: Suspect = {
  codes: ['D022'],
  holds: ['silence'],
  note: 'without silent connections and streams',
};
const BOTH: Suspect = {
  codes: ['D020', 'D022'],
  holds: ['keep-alive', 'silence'],
  note: 'without kept connections, silent ones and streams',
};

/** Of the connections that it held when it had nothing else to do, and of those alone, it can have waited. */
export function suspectOf(held: readonly string[]): Suspect {
  const isSilent = (id: string) => SITUATIONS.find((situation) => situation.id === id)?.holds === 'silence';
  const silent = held.filter(isSilent);
  if (held.length === 0) return BOTH;
  return silent.length === 0 ? KEPT : silent.length === held.length ? SILENT : BOTH;
}

/** `without`: the round without the suspect, where it was good, and took no longer than it may. */
export function verdictsOf(
  held: readonly string[],
  suspect: Suspect,
  without?: TimeVerdict['without'],
): TimeVerdict[] {
  // Who held some to the end cannot be said to live on without any.
  if (without === undefined && held.length === 0) return [{ code: 'D021', without }];
  return suspect.codes.map((code) => ({ code, without }));
}
