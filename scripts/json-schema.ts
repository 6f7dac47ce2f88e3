import { toJsonSchema } from '@valibot/to-json-schema';
import { settingsSchema } from '../shared/config-schema.ts';

/** The JSON schema of what a person writes: settings with a default may be left out. */
export const jsonSchema = (): object => ({
  title: 'rolebridge.yml',
  ...toJsonSchema(settingsSchema, { typeMode: 'input' }),
});
