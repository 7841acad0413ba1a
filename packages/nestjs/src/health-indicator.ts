import type { Drain } from '@http-drain/core';

/** What @nestjs/terminus wants to hear. Its types are not used: it is an optional peer. */
export type DrainHealth<Key extends string> = Record<Key, { status: 'up' | 'down'; phase: string }>;

/**
 * A health indicator for @nestjs/terminus: 'up' while the drain serves, 'down' from the lame duck on.
 *
 * @example
 * ```ts
 * class HealthController {
 *   constructor(private readonly drain: DrainHealthIndicator) {}
 *
 *   check() {
 *     return this.drain.isHealthy(); // one of those that HealthCheckService.check() is given
 *   }
 * }
 * ```
 */
export class DrainHealthIndicator {
  constructor(private readonly drain: Drain) {}

  isHealthy<Key extends string = 'drain'>(key: Key = 'drain' as Key): DrainHealth<Key> {
    const { ready, phase } = this.drain;
    const health = { [key]: { status: ready ? 'up' : 'down', phase } } as DrainHealth<Key>;
    if (ready || !wantsItThrown()) return health;
    throw Object.assign(new Error(`The drain is ${phase}`), { isHealthCheckError: true, causes: health });
  }
}

/** Terminus 10 wants thrown what is down; since 11, where there is a HealthIndicatorService, it may be returned. */
function wantsItThrown(): boolean {
  try {
    return !('HealthIndicatorService' in require('@nestjs/terminus'));
  } catch {
    return false;
  }
}
