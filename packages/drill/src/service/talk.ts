import { Client, type Target } from '../client/client.js';
import { H2Client } from '../client/h2-client.js';
import { within } from './scout.js';

const FIRST_ANSWER_MS = 10_000;
const SETTINGS_MS = 1_000;

/**
 * How no answer came, from what says most of a service to what says least:
 *
 * - `h2c`, `h2`: it speaks HTTP/2, and no HTTP/1.1
 * - `late`: nothing came in time
 * - `foreign`: what came is no HTTP/1
 * - `closed`: the service closed the connection, and nothing had come
 */
const SILENCES = ['h2c', 'h2', 'late', 'foreign', 'closed'] as const;

export type Silence = (typeof SILENCES)[number];

/** The address by which it answers HTTP/1; else how it does not. */
export async function talkAt(
  hosts: readonly string[],
  port: number,
  hello: string,
): Promise<Target | Silence> {
  const targets = hosts.flatMap((host) => [false, true].map((tls) => ({ host, port, tls })));
  const silences: Silence[] = [];
  for (const target of targets) {
    const silence = await silenceOf(target, hello);
    if (silence === null) return target;
    // Who does not speak what is sent ends the connection: this one takes it, and says nothing. So it would the next time.
    if (silence === 'late') return silence;
    silences.push(silence);
  }
  for (const target of targets) if (await speaksH2(target)) silences.push(target.tls ? 'h2' : 'h2c');
  return telling(silences);
}

function telling(silences: readonly Silence[]): Silence {
  return SILENCES.find((silence) => silences.includes(silence)) ?? 'closed';
}

/** Null: it answers. */
async function silenceOf(target: Target, hello: string): Promise<'late' | 'foreign' | 'closed' | null> {
  const client = new Client(target);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    client.close();
  }, FIRST_ANSWER_MS);
  try {
    if (await client.usable()) {
      const asked = client.ask('hello', hello, { warm: true });
      await client.until(() => asked.answer !== undefined || !client.open);
      if (asked.answer !== undefined) return null;
    }
    return late ? 'late' : client.garbage ? 'foreign' : 'closed';
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

/** It says SETTINGS, as nothing else does (RFC 9113 section 3.4). */
async function speaksH2(target: Target): Promise<boolean> {
  const client = new H2Client(target);
  try {
    return (await within(SETTINGS_MS, client.usable())) === true;
  } finally {
    client.close();
  }
}

/** Why it cannot be drilled, in one sentence: by the port, of several, whose silence says most. */
export function silenceText(ports: readonly number[], silences: readonly Silence[]): string {
  const most = telling(silences);
  const where = `port ${ports.filter((_, index) => silences[index] === most).join(' and ')}`;
  switch (most) {
    case 'h2c':
      return `It speaks HTTP/2 alone on ${where}, without TLS: the drill needs HTTP/1.1 there, too.`;
    case 'h2':
      return `It speaks HTTP/2 alone on ${where}: the drill needs HTTP/1.1 there, too.`;
    case 'late':
      return `It listens on ${where}, but did not answer an HTTP request within ${FIRST_ANSWER_MS / 1_000} s.`;
    case 'foreign':
      return `It listens on ${where}, but did not answer an HTTP request by HTTP/1.`;
    case 'closed':
      return `It listens on ${where}, but closed the connection without an answer to an HTTP request.`;
  }
}
