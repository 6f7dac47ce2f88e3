import { parse } from 'yaml';

/** The document in a CloudFormation template: JSON, or YAML 1.1 without its short tags. @throws Error if it is neither */
export const templateDocument = (text: string): unknown =>
  text.trimStart().startsWith('{')
    ? (JSON.parse(text) as unknown)
    : (parse(text, { version: '1.1', schema: 'yaml-1.1', strict: true }) as unknown);
