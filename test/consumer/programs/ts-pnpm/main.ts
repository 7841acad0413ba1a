/** A library whose exported types are inferred: the compiler has to find names for them. */
import { processDrain, shutdown } from '@http-drain/express';

export const stop = () => shutdown();
export const look = () => processDrain.snapshot();
export const requests = async () => (await shutdown()).requests;
export const stuck = async () => (await shutdown()).stuck[0];
export const hooks = async () => (await shutdown()).hooks;
export const drain = processDrain;
