/** Tracks every server of a test that listens. */
import { createDrain } from '@http-drain/core';

if (!new URL(import.meta.url).searchParams.has('idle')) createDrain().discover();
