/** Writes rolebridge.schema.json, with which editors complete and check rolebridge.yml, and the schema of our events. */
import { writeFileSync } from 'node:fs';
import { jsonSchema } from './json-schema.ts';
import { eventSchema } from './outcome-schema.ts';

writeFileSync('rolebridge.schema.json', `${JSON.stringify(jsonSchema(), null, 2)}\n`);
writeFileSync('docs/outcomes.schema.json', `${JSON.stringify(eventSchema(), null, 2)}\n`);
