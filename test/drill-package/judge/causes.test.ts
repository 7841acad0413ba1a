import { describe, expect, test } from 'vitest';
import { findingOfRaces } from '../../../packages/drill/src/judge/races.js';
import { unprovedBecause } from '../../../packages/drill/src/judge/unreliable.js';
import type { Ending } from '../../../packages/drill/src/model.js';
import { type Connection, codesOf, type Request, roundOf } from './rounds.js';

/** In flight at the signal, and ended without a byte at that time. */
const cut = (ms: number, situation = 'in-flight'): Connection => ({
  situation,
  requests: [{ sent: -5 }],
  end: ['fin', ms],
  kernel: { accepted: true },
});
/** A client that came then, and was served. */
const served = (ms: number): Connection => ({
  situation: 'late',
  opened: ms,
  requests: [{ sent: ms, answered: ms + 30, close: true }],
  end: ['fin', ms + 31],
});

describe('a process that ends', () => {
  test('by the signal, slowly, for want of a core: it had no handler', () => {
    const dies = { connections: [cut(600), cut(640)], exit: { at: 660, signal: 'SIGTERM' as const } };
    expect(codesOf(dies)).toEqual(['D002']);
    // One that served a client meanwhile had one, and ended when it was done with it.
    expect(codesOf({ ...dies, connections: [...dies.connections, served(300)] })).toEqual(['D003']);
  });

  test('by the signal, soon, when it had served what came while it was frozen: it had one, and raised it again', () => {
    const unread: Connection = {
      situation: 'unread-kept',
      requests: [{ sent: -20, answered: 4 }],
      end: ['fin', 5],
    };
    const connections = [unread, cut(30, 'half-head'), cut(31, 'half-body')];
    expect(codesOf({ connections, exit: { at: 60, signal: 'SIGTERM' } })).toEqual(['D003']);
    expect(codesOf({ connections: [cut(30)], exit: { at: 60, signal: 'SIGTERM' } })).toEqual(['D002']);
    // In a cluster others answer, whose primary has none.
    expect(codesOf({ connections, exit: { at: 60, signal: 'SIGTERM' }, servedBy: 3 })).toEqual(['D002']);
  });

  test('by the signal, without a handler, does so in each round', () => {
    const dies = { connections: [cut(30)], exit: { at: 40, signal: 'SIGTERM' as const } };
    const seems = { ...dies, connections: [cut(30), served(5)] };
    expect(codesOf(seems)).toEqual(['D003']);
    expect(codesOf(dies, seems)).toEqual(['D002']);
    expect(codesOf(dies, { ...seems, exit: { at: 40, code: 0 } })).toEqual(['D002', 'D003']);
  });

  test('takes all with it that was lost since it was last seen alive, however far apart that was seen', () => {
    const connections = [cut(30), cut(90, 'half-body'), cut(200)];
    expect(codesOf({ connections, exit: { at: 230, code: 0 } })).toEqual(['D003']);
  });

  test('has nothing to do with what its program destroyed a moment before', () => {
    const connections = [cut(20, 'half-head'), cut(21, 'half-body')];
    expect(codesOf({ connections, exit: { at: 60, code: 0 } })).toEqual(['D003']);
    expect(codesOf({ connections, exit: { at: 90, code: 0 } })).toEqual(['D013']);
    expect(codesOf({ connections, exit: { at: 90, code: 0 }, lag: 30 })).toEqual(['D003']);
  });

  test('has nothing to do with what was gone while the process was seen to run, however soon it ended', () => {
    const connections = [cut(20, 'half-head'), cut(21, 'half-body')];
    const ends = { connections, exit: { at: 28, code: 0 } };
    expect(codesOf({ ...ends, ran: 25 })).toEqual(['D013']);
    expect(codesOf({ ...ends, ran: 20.7 })).toEqual(['D003']);
    // What came after that it may have taken.
    const also = { ...ends, connections: [...connections, cut(26, 'in-flight')] };
    expect(codesOf({ ...also, ran: 25 })).toEqual(['D003', 'D013']);
    const dies = { ...ends, exit: { at: 28, signal: 'SIGTERM' as const } };
    expect(codesOf({ ...dies, ran: 25 })).toEqual(['D013']);
    expect(codesOf(dies)).toEqual(['D002']);
  });

  test('did in no round what in one it was seen not to do', () => {
    const connections = [cut(20, 'half-head'), cut(21, 'half-body')];
    const ends = { connections, exit: { at: 28, code: 0 } };
    expect(codesOf(ends, { ...ends, ran: 25 })).toEqual(['D013']);
    // What waited in the accept queue went as they did.
    const queue: Connection = {
      ...{ situation: 'queue', requests: [{ sent: -20 }], end: ['reset', 23] },
      kernel: { accepted: false },
    };
    const queued = [...connections, queue];
    const first = { ...ends, connections: queued, listenerClosed: 22 };
    expect(codesOf(first, { ...ends, ran: 25 })).toEqual(['D007', 'D013']);
    const cuts = { ...ends, connections: [cut(21, 'in-flight')], ran: 25 };
    const load = { ...ends, connections: [cut(22, 'load')], kind: 'load' as const };
    expect(codesOf(cuts, load)).toEqual(['D010']);
    expect(codesOf({ ...ends, connections: [cut(21, 'in-flight')] }, { ...load, ran: 25 })).toEqual(['D010']);
    const taken = { ...queue, seen: true, kernel: { accepted: false } };
    expect(codesOf({ ...ends, connections: [...connections, taken] }, { ...ends, ran: 25 })).toEqual([
      'D013',
      'D014',
    ]);
    // Of other situations that says nothing.
    const also = { ...ends, connections: [cut(20, 'half-head'), cut(21, 'in-flight')] };
    expect(codesOf(also, { ...ends, ran: 25 })).toEqual(['D003', 'D013']);
  });

  test('ends where those end that listen, and not where a wrapper around them does', () => {
    const connections = [cut(20, 'half-head'), cut(21, 'half-body')];
    expect(codesOf({ connections, listenersGone: 24, exit: { at: 200, code: 0 } })).toEqual(['D003']);
    // Its end was seen before the last of its connections was.
    expect(codesOf({ connections, listenersGone: 18, exit: { at: 200, code: 0 } })).toEqual(['D003']);
    const slowly = [...connections, cut(60)];
    expect(codesOf({ connections: slowly, listenersGone: 18, exit: { at: 200, code: 0 } })).toEqual(['D003']);
    expect(codesOf({ connections, listenersGone: 180, exit: { at: 200, code: 0 } })).toEqual(['D013']);
  });

  test('has nothing to do with what was lost before it served somebody who came later', () => {
    const connections = [cut(20), cut(25), served(150)];
    // The drill itself is late, so that it all seems to be one moment.
    expect(codesOf({ connections, listenerClosed: 190, exit: { at: 240, code: 0 }, lag: 80 })).toEqual([
      'D010',
    ]);
  });

  test('has nothing to do with what was lost while it went on answering others', () => {
    const slow: Connection = {
      situation: 'slow',
      requests: [{ sent: -5, answered: 300, close: true }],
      end: ['fin', 301],
    };
    const connections = [cut(5, 'unread-fresh'), slow, cut(320, 'half-body')];
    expect(codesOf({ connections, listenerClosed: 3, exit: { at: 330, code: 0 } })).toEqual(['D003', 'D010']);
  });

  test('after a second signal, and in no round without one, was ended by it', () => {
    const second = {
      connections: [cut(560)],
      exit: { at: 600, code: 0 },
      secondSignal: 100,
      kind: 'second-signal' as const,
    };
    const first = { connections: [served(20)], exit: { at: 700, code: 0 } };
    expect(codesOf(first, second)).toEqual(['D005']);
    const also = { connections: [cut(560)], exit: { at: 600, code: 0 } };
    expect(codesOf(also, second)).toEqual(['D003']);
  });
});

test('where nobody could look, what was in flight for long counts as read', () => {
  const reset = (situation: string): Connection => ({
    situation,
    requests: [{ sent: -5 }],
    end: ['reset', 5],
  });
  const connections = [reset('in-flight'), reset('unread-kept')];
  expect(codesOf({ connections, exit: { at: 900, code: 0 } })).toEqual(['D010']);
});

test('a request right after the signal met what those a moment later did', () => {
  const dropped = (situation: string, ms: number): Connection => ({
    situation,
    requests: [{ sent: -20, answered: -10 }, { sent: ms }],
    end: ['fin', ms + 8],
    kernel: { accepted: true },
  });
  const rest = { listenerClosed: 130, exit: { at: 900, code: 0 } };
  const load = { ...rest, connections: [dropped('load', 4), dropped('load', 24)], kind: 'load' as const };
  expect(codesOf({ ...rest, connections: [dropped('next', 1)] }, load)).toEqual(['D014']);
});

test('a request that was sent before the service closed anything was in flight then', () => {
  const cutOff = (sent: number): Connection => ({
    situation: 'load',
    requests: [{ sent: -20, answered: -10 }, { sent }],
    end: ['fin', 30],
    kernel: { accepted: true },
  });
  const rest = { listenerClosed: 130, exit: { at: 900, code: 0 }, kind: 'load' as const };
  expect(codesOf({ ...rest, connections: [cutOff(-2), cutOff(14)] })).toEqual(['D010']);
  expect(codesOf({ ...rest, connections: [cutOff(-2), { ...cutOff(36), end: ['fin', 60] }] })).toEqual([
    'D010',
    'D014',
  ]);
});

describe('another status than before', () => {
  const asks = (sent: number, status: number, situation = 'load'): Connection => ({
    situation,
    requests: [
      { sent: -40, answered: -30 },
      { sent, answered: sent + 10, status },
    ],
  });
  const load = (...connections: Connection[]) => ({ connections, kind: 'load' as const });

  test('is one after the signal that nobody got before it', () => {
    expect(codesOf(load(asks(5, 503), asks(8, 503)))).toEqual(['D014']);
  });

  test('is none where its whole answer came before the signal', () => {
    expect(codesOf(load(asks(-20, 500)))).toEqual([]);
    // It was sent before, and says what the service did after.
    expect(codesOf(load(asks(-5, 503)))).toEqual(['D014']);
  });

  test('is none that such requests got before the signal in some round: the service fails now and then', () => {
    expect(codesOf(load(asks(-20, 429), asks(5, 429)))).toEqual([]);
    expect(codesOf({ connections: [asks(5, 500, 'queue')] }, load(asks(-20, 500)))).toEqual([]);
    expect(codesOf(load(asks(-20, 500), asks(5, 503)))).toEqual(['D014']);
  });
});

describe('the accept queue', () => {
  const waiting = (ending: 'fin' | 'reset', opened = 5): Connection => ({
    situation: 'late',
    opened,
    requests: [{ sent: opened }],
    end: [ending, 60],
    kernel: { accepted: false },
  });

  test('is reset; who gets a FIN had been accepted', () => {
    const round = { listenerClosed: 60, exit: { at: 900, code: 0 } };
    expect(codesOf({ ...round, connections: [waiting('reset')] })).toEqual(['D007']);
    expect(codesOf({ ...round, connections: [waiting('fin')] })).toEqual(['D014']);
  });

  test('was not reset by the close of a socket that took connections afterwards', () => {
    const round = { listenerClosed: 75, exit: { at: 900, code: 0 } };
    const taken: Connection = { situation: 'late', opened: 62, requests: [{ sent: 62, answered: 70 }] };
    expect(codesOf({ ...round, connections: [waiting('reset')] })).toEqual(['D007']);
    expect(codesOf({ ...round, connections: [waiting('reset'), taken] })).toEqual(['D014']);
  });

  test('of one of two sockets was reset by its close, while the other one took connections', () => {
    const taken: Connection = { situation: 'late', opened: 70, requests: [{ sent: 70, answered: 78 }] };
    const round = { listenerClosed: 400, exit: { at: 900, code: 0 }, connections: [waiting('reset'), taken] };
    expect(codesOf({ ...round, oneClosed: 62 })).toEqual(['D007']);
    expect(codesOf({ ...round, oneClosed: 200 })).toEqual(['D014']);
    expect(codesOf(round)).toEqual(['D014']);
  });

  test('was not reset where most that met the same can only have been dropped', () => {
    const unseen = (ending: 'fin' | 'reset') => {
      const { kernel, ...connection } = waiting(ending);
      return connection;
    };
    const round = { listenerClosed: 75, exit: { at: 900, code: 0 } };
    expect(codesOf({ ...round, connections: [unseen('reset')] })).toEqual(['D007']);
    const connections = [unseen('reset'), unseen('fin'), unseen('fin')];
    expect(codesOf({ ...round, connections })).toEqual(['D014']);
  });

  test('was not what a request met that was taken from it after the signal, and dropped', () => {
    const taken: Connection = {
      ...waiting('reset', -20),
      kernel: { accepted: false, unread: 105 },
      seen: true,
    };
    expect(codesOf({ listenerClosed: 300, exit: { at: 900, code: 0 }, connections: [taken] })).toEqual([
      'D014',
    ]);
  });

  test('was taken from, right before all that had been read was reset: it was reset with it', () => {
    const inFlight = (ms: number): Connection => ({ ...cut(ms), end: ['reset', ms] });
    const taken: Connection = { ...waiting('reset', -20), end: ['reset', 6], seen: true };
    const round = { listenerClosed: 300, exit: { at: 900, code: 0 } };
    expect(codesOf({ ...round, connections: [inFlight(4), inFlight(5), taken] })).toEqual(['D010']);
    // What was dropped at another moment was dropped for another reason.
    const later = { ...taken, end: ['reset', 80] as ['reset', number] };
    expect(codesOf({ ...round, connections: [inFlight(4), inFlight(5), later] })).toEqual(['D010', 'D014']);
  });

  test('was closed by the program where the process lived on for a while, and not by its end', () => {
    const connections = [cut(90), waiting('reset')];
    const round = { connections, exit: { at: 110, code: 0 } };
    expect(codesOf({ ...round, listenerClosed: 60 })).toEqual(['D003', 'D007']);
    expect(codesOf({ ...round, listenerClosed: 105 })).toEqual(['D003']);
    const wrapped = { ...round, listenersGone: 95, exit: { at: 200, code: 0 } };
    expect(codesOf({ ...wrapped, listenerClosed: 60 })).toEqual(['D003', 'D007']);
    expect(codesOf({ ...wrapped, listenerClosed: 92 })).toEqual(['D003']);
  });

  test('went with the process in each round, where its end is known to have taken requests in one', () => {
    const end = { listenerClosed: 62, exit: { at: 64, code: 0 } };
    const queued = { ...end, connections: [waiting('reset')] };
    expect(codesOf(queued, { ...end, connections: [cut(60)] })).toEqual(['D003']);
    // Alone it says nothing of the process; nor does a socket that went well before.
    expect(codesOf(queued)).toEqual(['D007']);
    expect(codesOf({ ...queued, exit: { at: 150, code: 0 } }, { ...end, connections: [cut(60)] })).toEqual([
      'D003',
      'D007',
    ]);
  });

  test('died with the process where it is known to die of the signal with requests open', () => {
    const dies = { listenerClosed: 13, exit: { at: 15, signal: 'SIGTERM' as const } };
    const queued = {
      ...dies,
      connections: [{ ...waiting('reset'), end: ['reset', 14] as ['reset', number] }],
    };
    expect(codesOf(queued, { ...dies, connections: [cut(12)] })).toEqual(['D002']);
    expect(codesOf(queued)).toEqual(['D007']);
    expect(codesOf({ ...queued, exit: { at: 15, code: 0 } }, { ...dies, connections: [cut(12)] })).toEqual([
      'D002',
      'D007',
    ]);
  });

  test('is not neglected while the service is frozen', () => {
    const connections = [
      { ...waiting('reset', 750), end: ['reset', 930] as ['reset', number] },
      { ...waiting('reset', 755), situation: 'closing-queue', end: ['reset', 930] as ['reset', number] },
    ];
    const round = { connections, listenerClosed: 930, exit: { at: 1_500, code: 0 } };
    expect(codesOf({ ...round, frozenAgain: [740, 920] })).toEqual(['D007']);
    expect(codesOf(round)).toEqual(['D009']);
  });

  test('was taken and dropped, however long it had waited, where it ended while all went on listening', () => {
    const late = (ending: Ending, ms: number): Connection => ({
      ...waiting('reset', 20),
      situation: 'load',
      end: [ending, ms],
    });
    const round = { listenerClosed: 2_000, exit: { at: 2_500, code: 0 } };
    expect(codesOf({ ...round, connections: [late('reset', 180)] })).toEqual(['D014']);
    expect(codesOf({ ...round, connections: [late('reset', 1_995)] })).toEqual(['D009']);
    // Nobody closed it: its client has waited for long enough.
    expect(codesOf({ ...round, connections: [late('own', 1_200)] })).toEqual(['D009']);
  });
});

describe('races', () => {
  /** Kept, with an answer behind it; its next request met the close. */
  const raced = (ms: number): Connection => ({
    situation: 'load',
    requests: [{ sent: -20, answered: -10 }, { sent: ms }],
    end: ['reset', ms + 2],
    kernel: { accepted: true },
  });
  /** Closed by the service with nothing under way, and without a word before. */
  const idle = (ms: number): Connection => ({
    situation: 'load',
    requests: [{ sent: -20, answered: -10 }],
    end: ['fin', ms],
    kernel: { accepted: true },
  });
  const found = (connections: Connection[], strict = false, lag = 0) =>
    findingOfRaces([{ raw: roundOf({ connections, kind: 'load', lag }), losses: [] }], strict).map(
      ({ code, title }) => `${code} ${title}`,
    );

  test('are told where there are many, or where each one counts', () => {
    const others = Array.from({ length: 20 }, () => idle(8));
    expect(found([raced(6), raced(6), ...others])).toEqual([]);
    expect(found([raced(6), ...others], true)).toEqual(['D015 1 request was sent as the connection closed']);
    expect(found([raced(6), raced(6.2), raced(6.4), ...others])).toEqual([]);
    expect(found([raced(6), raced(7), raced(8), ...others])).toEqual([
      'D015 3 requests were sent as the connection closed',
    ]);
  });

  test('are many because the machine is busy, where it is', () => {
    const connections = [raced(6), raced(7), raced(8), ...Array.from({ length: 20 }, () => idle(8))];
    expect(found(connections, false, 10)).toEqual([]);
    expect(found(connections, true, 10)).toEqual(['D015 3 requests were sent as the connection closed']);
  });

  test('are told of connections, too, that were made after the signal and kept', () => {
    const later = (ms: number): Connection => ({
      ...raced(ms),
      opened: ms - 40,
      requests: [{ sent: ms - 38, answered: ms - 10 }, { sent: ms }],
    });
    const others = Array.from({ length: 20 }, (_, index) => idle(60 + index));
    expect(found([later(60), later(62), later(64), ...others])).toEqual([
      'D015 3 requests were sent as the connection closed',
    ]);
    // An answer that says close keeps no connection.
    const told = [60, 62, 64].map((ms): Connection => {
      const [first, ...rest] = later(ms).requests as [Request, ...Request[]];
      return { ...later(ms), requests: [{ ...first, close: true }, ...rest] };
    });
    expect(found([...told, ...others])).toEqual([]);
  });

  test('are no proof of anything where the machine is so busy that they could be its doing', () => {
    const connections = [raced(6), raced(7), raced(8), ...Array.from({ length: 20 }, () => idle(8))];
    const reasonOf = (kind: 'load' | 'witness', lag: number, all = connections) =>
      unprovedBecause(
        Object.assign(roundOf({ connections: all, kind, lag }), { unprepared: null, closing: undefined }),
      )?.text;
    expect(reasonOf('load', 10)).toMatch(/^the machine was too busy to tell .*: 3 requests met the close/);
    expect(reasonOf('load', 1)).toBeUndefined();
    expect(reasonOf('load', 10, connections.slice(1))).toBeUndefined();
    expect(reasonOf('witness', 10)).not.toMatch(/too busy/);
  });

  const told: Connection = { ...idle(8), requests: [{ sent: -20, answered: -10, close: true }] };

  test('are none where nothing is closed but what is under way, or was told', () => {
    expect(found([raced(6), raced(20), raced(34), told], true)).toEqual([]);
    expect(codesOf({ connections: [raced(6), raced(20), raced(34), told], kind: 'load' })).toEqual(['D014']);
  });

  test('are what they are where all that is closed without a word is in use, and closed at one moment', () => {
    const end = { exit: { at: 30, code: 0 }, kind: 'load' as const };
    expect(codesOf({ connections: [raced(6), told], ...end })).toEqual([]);
    expect(codesOf({ connections: [raced(6), raced(6), raced(7), told], ...end })).toEqual([]);
  });

  test('are no proof where they came over more time than a moment has, and the machine took as much', () => {
    const connections = [raced(6), raced(12), raced(18), told];
    const reasonOf = (lag: number) => {
      const raw = roundOf({ connections, kind: 'load', lag });
      raw.cast.options.clients = 8;
      return unprovedBecause(Object.assign(raw, { unprepared: null, closing: undefined }))?.text;
    };
    expect(reasonOf(20)).toMatch(/^the machine was too busy to tell .*: 3 requests met the close/);
    expect(reasonOf(1)).toBeUndefined();
  });

  test('are what they are where the service waited for a core between one close and the next', () => {
    const next = { ...raced(146), situation: 'next' };
    const closed = { ...idle(100), situation: 'idle' };
    const waits = [
      { at: 90, ms: 5 },
      { at: 120, ms: 35 },
      { at: 150, ms: 45 },
    ];
    expect(codesOf({ connections: [next, closed], exit: { at: 900, code: 0 } })).toEqual(['D014']);
    expect(codesOf({ connections: [next, closed], exit: { at: 900, code: 0 }, waits })).toEqual([]);
  });

  test('are connections too that were made for their clients alone as the listening socket closed', () => {
    const halfMade = (how: Ending, ms: number, opened = 44): Connection => ({
      situation: 'load',
      opened,
      requests: [{ sent: opened }],
      end: [how, ms],
    });
    const rest = { listenerClosed: 46, exit: { at: 80, code: 0 }, kind: 'load' as const };
    expect(codesOf({ connections: [halfMade('own', 240), halfMade('reset', 250)], ...rest })).toEqual([]);
    expect(codesOf({ connections: [halfMade('own', 240, 10)], ...rest })).toEqual(['D014']);
  });
});

test('the drill mistrusts its own count', () => {
  const raw = roundOf({ connections: [cut(10), cut(20)] });
  const good = Object.assign(raw, { unprepared: null });
  expect(unprovedBecause(good)).toBeNull();
  const [first, second] = good.cast.actors.map(({ client }) => client.asked[0]);
  Object.assign(second as object, { id: first?.id });
  expect(unprovedBecause(good)?.text).toBe(
    "the drill's own count is wrong: 2 requests, 1 ids, 0 without an end",
  );
});
