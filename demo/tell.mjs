/** What the servers of the demo tell the process that started them. */

/** In the lame duck clients are told to go; what is in flight after it has the rest of the deadline. */
export const TIMES = { lameDuckMs: 1_500, deadlineMs: 12_000 };

const EVERY_MS = 100;

export const tell = (message) => process.connected && process.send(message);

/** Sends a snapshot of the drain ten times a second. Returns what sends the report and ends it. */
export function tellOfDrain(drain) {
  const timer = setInterval(() => tell({ snapshot: drain.snapshot() }), EVERY_MS);
  return (report) => {
    clearInterval(timer);
    tell({ snapshot: drain.snapshot() });
    process.send({ report }, () => process.disconnect());
  };
}
