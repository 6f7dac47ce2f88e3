/** Writes rolebridge.schema.json, which editors use to complete and check rolebridge.yml. */
import { writeFileSync } from 'node:fs';
import { jsonSchema } from './json-schema.ts';

writeFileSync('rolebridge.schema.json', `${JSON.stringify(jsonSchema(), null, 2)}\n`);
