import { setImmediate as immediate } from 'node:timers/promises';
import { UPLOAD_BYTES, within } from '../service/scout.js';
import type { Cast } from './cast.js';
import { CLOSING_KEPT } from './closing.js';
import { H2_SITUATIONS } from './h2-situations.js';
import type { Cue } from './play.js';
import { STREAM_SITUATIONS } from './stream-situations.js';

/** Where a request can be when the signal comes. */
export interface SituationSpec {
  id: string;
  title: string;
  /** How many connections of it; 0 where this service cannot be put into it. */
  count(cast: Cast): number;
  play(cast: Cast, cue: Cue, number: number): Promise<void>;
  /** What it may keep a service waiting for: such situations are left out to see whether the time goes with them. */
  holds?: 'keep-alive' | 'silence';
  /** Connects when the signal comes, or later: who has been sent elsewhere before does not. */
  isNew?: true;
}

/** When what was held back of a half-received request goes out. */
const REST_AFTER_MS = 300;
/** When the reader that has paused goes on. */
const RESUME_AFTER_MS = 600;
const LATE_FOR_MS = 5_000;
const NEXT_AFTER_MS = [1, 10, 100, 300];

const kept = ({ scouted }: Cast) => scouted.get.keepAlive && scouted.concurrent;

const idle: SituationSpec = {
  id: 'idle',
  title: 'idle and kept alive',
  holds: 'keep-alive',
  count: (cast) => (kept(cast) ? 3 : 0),
  async play(cast, cue) {
    await cast.kept('idle');
    await cue.over();
  },
};

const inFlight: SituationSpec = {
  id: 'in-flight',
  title: 'in flight',
  count: (cast) => (kept(cast) ? 8 : 0),
  async play(cast, cue) {
    const actor = await cast.kept('in-flight');
    await cue.brink();
    actor?.client.ask(actor.id, cast.requests.get(actor.id));
  },
};

const slow: SituationSpec = {
  id: 'slow',
  title: 'in flight for longer',
  count: ({ scouted }) => (scouted.slow === null ? 0 : 4),
  async play(cast, cue) {
    const actor = cast.actor('slow');
    actor.expects = cast.scouted.slow?.status ?? 200;
    await actor.client.usable();
    await cue.brink();
    actor.client.ask(actor.id, cast.requests.get(actor.id, cast.options.slow ?? undefined));
  },
};

const halfHead: SituationSpec = {
  id: 'half-head',
  title: 'half a head',
  count: ({ scouted }) => (scouted.concurrent ? 2 : 0),
  async play(cast, cue) {
    const actor = cast.actor('half-head');
    if (!(await actor.client.usable())) return;
    const bytes = cast.requests.get(actor.id);
    const asked = actor.client.ask(actor.id, bytes.slice(0, 24), { all: false });
    if (await cue.after(REST_AFTER_MS)) actor.client.finish(asked, bytes.slice(24));
  },
};

const BODY = 'half of it, and the other half of it';

const halfBody: SituationSpec = {
  id: 'half-body',
  title: 'half a body',
  count: ({ scouted }) => (scouted.concurrent && scouted.post !== null ? 2 : 0),
  async play(cast, cue) {
    const actor = cast.actor('half-body');
    actor.expects = cast.scouted.post as number;
    if (!(await actor.client.usable())) return;
    const head = cast.requests.post(actor.id, BODY.length, cast.options.upload ?? undefined);
    const asked = actor.client.ask(actor.id, head + BODY.slice(0, 12), { all: false });
    if (await cue.after(REST_AFTER_MS)) actor.client.finish(asked, BODY.slice(12));
  },
};

const continued: SituationSpec = {
  id: 'continued',
  title: 'told 100 Continue with its body to come',
  count: ({ scouted }) => (scouted.concurrent && scouted.continues && scouted.post !== null ? 1 : 0),
  async play(cast, cue) {
    const actor = cast.actor('continued');
    actor.expects = cast.scouted.post as number;
    if (!(await actor.client.usable())) return;
    const path = cast.options.upload ?? undefined;
    const head = cast.requests.post(actor.id, BODY.length, path, 'Expect: 100-continue\r\n');
    const asked = actor.client.ask(actor.id, head, { all: false });
    await actor.client.until(() => asked.continued || asked.endedAt !== undefined);
    if (await cue.after(REST_AFTER_MS)) actor.client.finish(asked, BODY);
  },
};

const unreadKept: SituationSpec = {
  id: 'unread-kept',
  title: 'unread in the kernel (kept connection)',
  count: (cast) => (kept(cast) ? 4 : 0),
  async play(cast, cue) {
    const actor = await cast.kept('unread-kept');
    await cue.frozen();
    actor?.client.ask(actor.id, cast.requests.get(actor.id));
  },
};

const unreadFresh: SituationSpec = {
  id: 'unread-fresh',
  title: 'unread in the kernel (new connection)',
  count: ({ scouted }) => (scouted.concurrent ? 4 : 0),
  async play(cast, cue) {
    const actor = cast.actor('unread-fresh');
    await actor.client.usable();
    await cue.frozen();
    // Every other one asks for the close itself.
    const more = actor.id.endsWith('#1') || actor.id.endsWith('#3') ? 'Connection: close\r\n' : '';
    actor.client.ask(actor.id, cast.requests.get(actor.id, undefined, more));
  },
};

const pipelined: SituationSpec = {
  id: 'pipelined',
  title: 'three at once on one connection',
  count: (cast) => (kept(cast) && cast.scouted.pipelines ? 1 : 0),
  async play(cast, cue) {
    const actor = await cast.kept('pipelined');
    await cue.frozen();
    const ids = [0, 1, 2].map((number) => `${actor?.id}.${number}`);
    actor?.client.ask(ids[0] as string, ids.map((id) => cast.requests.get(id)).join(''));
    for (const id of ids.slice(1)) actor?.client.ask(id, '');
  },
};

const AT_A_TIME = 10;

const queue: SituationSpec = {
  id: 'queue',
  title: 'in the accept queue',
  isNew: true,
  count: ({ options }) => options.queue,
  async play(cast, cue, number) {
    await cue.frozen();
    // A few at a time, so that our own loop stays on time.
    for (let turn = number; turn >= AT_A_TIME; turn -= AT_A_TIME) await immediate();
    const actor = cast.actor('queue');
    // Where the queue is full the kernel lets it wait for a second, which the service may not be frozen for.
    const connected = actor.client.connected();
    if ((await within(60, connected)) === undefined) await cue.signal();
    if (await connected) actor.client.ask(actor.id, cast.requests.get(actor.id));
  },
};

const paused: SituationSpec = {
  id: 'paused',
  title: 'half an answer to a paused reader',
  count: ({ scouted }) => (scouted.concurrent && scouted.big !== null ? 2 : 0),
  async play(cast, cue) {
    const actor = cast.actor('paused');
    const { client } = actor;
    actor.expects = cast.options.big === null ? actor.expects : 200;
    if (!(await client.usable())) return;
    const asked = client.ask(actor.id, cast.requests.get(actor.id, cast.options.big ?? undefined));
    await client.until(() => asked.answer !== undefined || asked.endedAt !== undefined);
    client.pause();
    await cue.after(RESUME_AFTER_MS);
    client.resume();
  },
};

const ZEROS = Buffer.alloc(UPLOAD_BYTES);

const upload: SituationSpec = {
  id: 'upload',
  title: '8 MB from a client that reads when all is sent',
  count: ({ scouted }) => (scouted.concurrent && scouted.upload !== null ? 1 : 0),
  async play(cast, cue) {
    const actor = cast.actor('upload');
    const { client } = actor;
    actor.expects = cast.scouted.upload as number;
    await client.usable();
    client.pause();
    await cue.frozen();
    const head = cast.requests.post(actor.id, UPLOAD_BYTES, cast.options.upload ?? undefined);
    const asked = client.ask(actor.id, head, { all: false });
    const sent = client.write(ZEROS);
    await cue.signal();
    if (await sent) asked.allSentAt = performance.now();
    client.resume();
  },
};

const silent: SituationSpec = {
  id: 'silent',
  title: 'connected and silent',
  holds: 'silence',
  count: ({ scouted }) => (scouted.concurrent ? 1 : 0),
  async play(cast, cue) {
    // Where TLS is spoken, its handshake has not begun.
    await cast.actor('silent', 'http/1.1', false).client.connected();
    await cue.over();
  },
};

/** The first bytes of a ClientHello. */
const HALF_HANDSHAKE = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01]);

const halfHandshake: SituationSpec = {
  id: 'half-handshake',
  title: 'in the middle of a TLS handshake',
  holds: 'silence',
  count: ({ scouted, target }) => (scouted.concurrent && target.tls ? 1 : 0),
  async play(cast, cue) {
    const { client } = cast.actor('half-handshake', 'tls', false);
    await client.connected();
    await client.write(HALF_HANDSHAKE);
    await cue.over();
  },
};

const next: SituationSpec = {
  id: 'next',
  title: 'the next request on a kept connection',
  holds: 'keep-alive',
  count: (cast) => (kept(cast) ? NEXT_AFTER_MS.length : 0),
  async play(cast, cue) {
    const actor = await cast.kept('next');
    if (actor === undefined) return;
    const number = Number(actor.id.slice(actor.id.indexOf('#') + 1));
    const goesOn = await cue.after(NEXT_AFTER_MS[number % NEXT_AFTER_MS.length] as number);
    if (goesOn && actor.client.open) actor.client.ask(actor.id, cast.requests.get(actor.id));
  },
};

const late: SituationSpec = {
  id: 'late',
  title: 'new connections after the signal',
  isNew: true,
  count: () => 1,
  async play(cast, cue) {
    await cue.signal();
    let refused = 0;
    for (let ms = 5; ms < LATE_FOR_MS && refused < 10; ms += ms < 500 ? 25 : 100) {
      if (!(await cue.after(ms))) return;
      const actor = cast.actor('late');
      const { client } = actor;
      if (!(await within(1_000, client.connected()))) refused++;
      else if (client.open) client.ask(actor.id, cast.requests.get(actor.id));
    }
  },
};

export const SITUATIONS: readonly SituationSpec[] = [
  ...H2_SITUATIONS,
  ...STREAM_SITUATIONS,
  CLOSING_KEPT,
  idle,
  inFlight,
  slow,
  unreadKept,
  unreadFresh,
  pipelined,
  queue,
  halfHead,
  halfBody,
  continued,
  upload,
  paused,
  silent,
  halfHandshake,
  next,
  late,
];

/** What a service can be put into, by what was scouted of it. */
export function possible(cast: Cast): SituationSpec[] {
  const { preStopMs } = cast.options;
  return SITUATIONS.filter(({ isNew }) => preStopMs === 0 || !isNew).filter(({ count }) => count(cast) > 0);
}
