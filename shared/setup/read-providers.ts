import pMap from 'p-map';
import type { PresentProvider } from '../core/google-side.ts';
import { type GoogleReader, maxParallelReads } from './ports.ts';

/**
 * All providers of a pool by name, including deleted ones: one call for each 100. A wanted provider that the listing lacks is
 * read by itself, because the listing may be incomplete. If it lacks many, they are probably new, and Google allows only 600
 * reads a minute. An existing one is then found when setup creates it.
 */
export const readProviders = async (
  reader: Pick<GoogleReader, 'provider' | 'providers'>,
  pool: string,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, PresentProvider>> => {
  const listed = await reader.providers(pool);
  const missing = wanted.filter((name) => !listed.has(name));
  if (missing.length > maxConfirmed) return listed;
  const states = await pMap(missing, async (name) => [name, await reader.provider(name)] as const, {
    concurrency: maxParallelReads,
  });
  return new Map([
    ...listed,
    ...states.flatMap(([name, state]) => (state.kind === 'there' ? [[name, state] as const] : [])),
  ]);
};

const maxConfirmed = 100;
