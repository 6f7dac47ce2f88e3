/** Writes rolebridge.schema.json, with which editors complete and check rolebridge.yml, and the schemas of our events and of the documents of --json. */
import { writeFileSync } from 'node:fs';
import { documentSchema } from './document-schema.ts';
import { jsonSchema } from './json-schema.ts';
import { eventSchema } from './outcome-schema.ts';

writeFileSync('rolebridge.schema.json', `${JSON.stringify(jsonSchema(), null, 2)}\n`);
writeFileSync('docs/outcomes.schema.json', `${JSON.stringify(eventSchema(), null, 2)}\n`);
writeFileSync('docs/commands.schema.json', `${JSON.stringify(documentSchema(), null, 2)}\n`);
