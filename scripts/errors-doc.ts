/** Writes docs/errors.md, the page of what `rolebridge explain` knows. */
import { writeFileSync } from 'node:fs';
import { errorsPage } from './errors-page.ts';

writeFileSync('docs/errors.md', errorsPage());
