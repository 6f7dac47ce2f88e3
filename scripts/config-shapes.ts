import { readFileSync, writeFileSync } from 'node:fs';
import { shapesText } from '../shared/credentials/config-shapes.ts';

const path = 'boot/fetch';

/** boot/fetch with the table of shapes as it is now. */
export const withShapes = (script: string): string =>
  script.replace(
    /(?<=^# config-shapes: begin\n).*?(?=^# config-shapes: end$)/ms,
    () => `shapes='${shapesText()}'\n`,
  );

if (import.meta.main) writeFileSync(path, withShapes(readFileSync(path, 'utf8')));
