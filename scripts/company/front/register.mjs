/** Loads what drains a program that knows nothing of it. */
if (!new URL(import.meta.url).searchParams.has('idle')) await import('@http-drain/core/register');
