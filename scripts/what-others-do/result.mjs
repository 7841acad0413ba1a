/** Where requests were, as the page tells it; a service need not lend itself to each of them. */
export const PLACES = [
  { title: 'accept queue', situations: ['queue', 'closing-queue'] },
  { title: 'unread', situations: ['unread-kept', 'unread-fresh', 'pipelined', 'closing-unread'] },
  { title: 'in flight', situations: ['in-flight'] },
  { title: 'half received', situations: ['half-head', 'half-body', 'continued', 'upload'] },
  { title: 'after the signal', situations: ['next', 'late'] },
  { title: 'under load', situations: ['load'] },
];

/** What stands before two instances. */
export const FRONTS = ['builtin', 'nginx', 'haproxy'];

/** What the page tells of a rolling restart: the restart in which most was lost. */
export function rollingOf(drilled) {
  const restarts = drilled.rounds.filter(({ unreliable }) => unreliable === null);
  const sent = Math.max(...restarts.map(({ totals }) => totals.sent));
  return {
    date: drilled.startedAt.slice(0, 10),
    node: drilled.platform.node,
    restarts: restarts.length,
    lost: drilled.worst.lost,
    sent,
    codes: drilled.findings.map(({ code }) => code).filter((code) => code !== 'D090'),
  };
}

/** What the page tells of a drill. */
export function resultOf(drilled) {
  const rounds = drilled.rounds.filter(
    ({ kind, unreliable }) => kind !== 'difference' && unreliable === null,
  );
  const [first] = rounds.filter(({ kind }) => kind === 'witness');
  return {
    date: drilled.startedAt.slice(0, 10),
    node: drilled.platform.node,
    rounds: rounds.length,
    lost: drilled.worst.lost,
    places: PLACES.map(({ situations }) => worstOf(rounds, situations)),
    endedAfterMs: first.exit.killed ? null : Math.round(first.exit.at),
    codes: drilled.findings.map(({ code }) => code).filter((code) => code !== 'D090'),
  };
}

/** "19/20": lost of sent, in the round in which most of it was lost; null where nothing was sent. */
function worstOf(rounds, situations) {
  const counts = rounds.map(({ witnesses }) => {
    const visits = witnesses
      .filter(({ situation }) => situations.includes(situation))
      .flatMap((witness) => witness.visits);
    // A connection on which nothing was asked has lost nothing, and what was refused goes elsewhere.
    const sent = visits.filter(({ outcome }) => outcome !== 'closed-idle' && outcome !== 'refused').length;
    return { sent, lost: visits.filter(({ outcome }) => outcome === 'lost').length };
  });
  const worst = counts.reduce((a, b) => (b.lost > a.lost || (b.lost === a.lost && b.sent > a.sent) ? b : a));
  return worst.sent === 0 ? null : `${worst.lost}/${worst.sent}`;
}
