/** The sums of counts that have the same names. */
export function total<Counts extends Record<keyof Counts, number>>(all: readonly Counts[]): Counts {
  const sums = { ...all[0] } as Counts;
  for (const counts of all.slice(1)) {
    for (const name of Object.keys(sums) as (keyof Counts)[]) {
      sums[name] = (sums[name] + counts[name]) as Counts[keyof Counts];
    }
  }
  return sums;
}
