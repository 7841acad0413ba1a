const LIST = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** "a, b and c" */
export function listed(items: Iterable<string>): string {
  return LIST.format(items);
}
