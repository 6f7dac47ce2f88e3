import { toJsonSchema } from '@valibot/to-json-schema';
import { settingsSchema } from '../shared/config/schema.ts';

/** The JSON schema of what a person writes: settings with a default may be left out. */
export const jsonSchema = (): object => ({
  // Not an address: the file beside rolebridge.yml is the one that belongs to its version.
  $id: 'urn:rolebridge:rolebridge.schema.json',
  title: 'rolebridge.yml',
  description: 'The settings of rolebridge. rolebridge.example.yml shows each of them.',
  ...toJsonSchema(settingsSchema, { typeMode: 'input' }),
});
