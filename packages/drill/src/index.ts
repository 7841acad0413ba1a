/**
 * Does a service lose requests when it is stopped? Starts it, puts requests wherever they can be, sends the signal, and
 * says what was lost, why, and what to write.
 *
 * @example
 * ```ts
 * const { findings, worst } = await drill({ command: ['node', 'server.js'], url: '/' });
 * assert.deepEqual(findings, []);
 * ```
 */
export { drill } from './drill.js';
export * from './model.js';
export type { DrillOptions } from './options.js';
export { htmlPicture } from './report/picture/html.js';
export { type PictureOptions, svgPicture } from './report/picture/svg.js';
export { REPORTERS, type Reporter, report } from './report/report.js';
