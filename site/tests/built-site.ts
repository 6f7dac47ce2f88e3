import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The site as `npm run build` wrote it. */
export const dist = join(import.meta.dirname, '../dist');

/** Each page's HTML, by its path below the site's root. */
export const builtPages = (): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(dist, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.html'))
      .map((name) => [name, readFileSync(join(dist, name), 'utf8')]),
  );
