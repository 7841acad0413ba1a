import type { Witness } from '../../model.js';

/** Connections that did not live at the same time share a row: such as those that come one after the other. */
export function packed(witnesses: readonly Witness[]): Witness[][] {
  const rows: { witnesses: Witness[]; until: number }[] = [];
  for (const witness of witnesses) {
    const row = rows.find(({ until }) => until < witness.openedAt);
    const until = endOf(witness);
    if (row === undefined) rows.push({ witnesses: [witness], until });
    else {
      row.witnesses.push(witness);
      row.until = until;
    }
  }
  return rows.map((row) => row.witnesses);
}

function endOf({ end, spans, visits }: Witness): number {
  const times = [end.at, ...spans.map(({ to }) => to), ...visits.map(({ endedAt }) => endedAt)];
  return Math.max(...times.filter((at) => at !== null));
}
