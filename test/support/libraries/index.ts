/** Modules for the subject to load, by the names that tests call them. */
const module = (name: string): string => new URL(`./${name}.ts`, import.meta.url).href;

export const httpDrain = module('http-drain');
export const httpDrainFastifyClose = module('http-drain-fastify-close');
export const httpDrainPart = module('http-drain-part');
export const serverClose = module('server-close');
