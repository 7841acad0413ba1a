import type { Library, Server } from '../../test/support/subject/library.js';
import { load } from './helpers.js';

type LilHttpTerminator = (options: {
  server: Server;
  gracefulTerminationTimeout: number;
  maxWaitTimeout: number;
  logger: object;
}) => { terminate(): Promise<{ success: boolean; message: string }> };

export const library: Library = {
  name: 'lil-http-terminator',
  features: [],
  afterRoutes: true,
  attach({ server, setup }) {
    const { deadlineMs } = setup.drain;
    const terminator = load<LilHttpTerminator>('lil-http-terminator')({
      server,
      gracefulTerminationTimeout: deadlineMs,
      maxWaitTimeout: deadlineMs + 500,
      logger: { warn() {} },
    });
    return {
      begin: async () => {
        const { success, message } = await terminator.terminate();
        if (!success) throw new Error(message);
      },
    };
  },
};
