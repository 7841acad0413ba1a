import { CloseFrames, upgradeLines } from '../client/web-socket.js';
import type { SituationSpec } from './situations.js';

/** A stream is opened before the signal and asks for nothing more: it may end, and must not hold the service. */
const eventStream: SituationSpec = {
  id: 'sse',
  title: 'an event stream',
  holds: 'silence',
  count: ({ options, scouted }) => (options.sse !== null && scouted.concurrent ? 2 : 0),
  async play(cast, cue) {
    const { client, id } = cast.actor('sse', 'sse');
    if (!(await client.usable())) return;
    const bytes = cast.requests.get(id, cast.options.sse ?? undefined, 'Accept: text/event-stream\r\n');
    const asked = client.ask(id, bytes, { warm: true });
    await client.until(() => asked.answer !== undefined || !client.open);
    await cue.over();
  },
};

const webSocket: SituationSpec = {
  id: 'websocket',
  title: 'a WebSocket',
  holds: 'silence',
  count: ({ options, scouted }) => (options.ws !== null && scouted.concurrent ? 2 : 0),
  async play(cast, cue) {
    const actor = cast.actor('websocket', 'websocket');
    const { client, id } = actor;
    if (!(await client.usable())) return;
    actor.closeFrames = new CloseFrames(client);
    await client.answered(
      client.ask(id, cast.requests.get(id, cast.options.ws ?? undefined, upgradeLines()), { warm: true }),
    );
    await cue.over();
  },
};

export const STREAM_SITUATIONS: readonly SituationSpec[] = [eventStream, webSocket];
