/** Writes docs/errors.md: every error that `rolebridge explain` knows. */
import { writeFileSync } from 'node:fs';
import { errorsPage } from './errors-page.ts';

writeFileSync('docs/errors.md', errorsPage());
