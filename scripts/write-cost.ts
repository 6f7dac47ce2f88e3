/** Writes the table of docs/cost.md again: `npm run cost`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withCosts } from './cost.ts';

writeFileSync('docs/cost.md', withCosts(readFileSync('docs/cost.md', 'utf8')));
