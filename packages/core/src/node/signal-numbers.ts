/** The signals that there are, and their numbers. Not by an import: most processes never ask. */
export const signalNumbers = (): Record<string, number> =>
  process.getBuiltinModule('node:os').constants.signals;
