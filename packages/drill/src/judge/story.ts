import type { Witness } from '../model.js';

/** What a witness did and saw, in one sentence. */
export function storyOf(witness: Witness): string {
  const [visit] = witness.visits;
  if (visit === undefined) return '';
  const how = witness.end.how === 'reset' ? 'reset' : 'closed';
  const when = visit.endedAt === null ? '' : ` ${moment(visit.endedAt)}`;
  const parts = [];
  if (witness.kernel?.accepted === false) parts.push('lay in the accept queue at the signal');
  else if ((witness.kernel?.unread ?? 0) > 0)
    parts.push(`${witness.kernel?.unread} bytes of it lay unread at the signal`);
  switch (visit.outcome) {
    case 'answered':
      parts.push(`answered ${visit.status}${when}`);
      break;
    case 'refused':
      parts.push(visit.sentAt === null ? `refused${when}` : `not taken${when}, and told so`);
      break;
    case 'closed-idle':
      parts.push(
        witness.end.how === 'open' ? 'open to the end, nothing asked' : `${how}${when}, nothing asked`,
      );
      break;
    case 'race':
      parts.push(`sent ${moment(visit.sentAt ?? 0)}, met by the close, no byte came`);
      break;
    case 'lost':
      parts.push(lost(visit, how, when));
      break;
  }
  return parts.join('; ');
}

function lost(visit: Witness['visits'][number], how: string, when: string): string {
  const { status, bytes, promised, firstByteAt } = visit;
  if (firstByteAt === null) return `${how}${when}, no byte of an answer came`;
  if (promised !== null && bytes < promised) {
    return `${how}${when}, after ${bytes.toLocaleString('en')} of ${promised.toLocaleString('en')} bytes`;
  }
  return promised === null || status === null
    ? `${how}${when}, the answer unfinished`
    : `answered ${status}${when}`;
}

function moment(at: number): string {
  return at < 0 ? `${Math.round(-at)} ms before the signal` : `${Math.round(at)} ms after the signal`;
}
