import { readFileSync } from 'node:fs';
import { eventSchema, faultsOf } from '../../scripts/outcome-schema.ts';
import { outcomeExamples } from '../support/outcome-examples.ts';

const page = readFileSync('docs/outcomes.md', 'utf8');
/** The JSON blocks of the page, each with its heading. */
const blocks = page
  .split(/^#{2,3} /m)
  .slice(1)
  .flatMap((section) =>
    [...section.matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, json = '']) => [section.split('\n')[0] ?? '', JSON.parse(json) as unknown] as const,
    ),
  );
const typeOf = (heading: string): string => heading.replace(/,.*/, '');

describe('docs/outcomes.md', () => {
  it.each(Object.keys(outcomeExamples))(
    'shows the example "%s" exactly as reconcile sends it',
    async (heading) => {
      const example = blocks.find(([one]) => one === heading)?.[1];
      const made = await outcomeExamples[heading]?.();
      expect(made?.type).toBe(typeOf(heading));
      expect(example).toEqual(made?.detail);
    },
  );

  it.each(blocks)('has an example "%s" that matches the schema', (heading, detail) => {
    expect(faultsOf(typeOf(heading), detail)).toEqual([]);
  });

  it('has an example of every type of event', () => {
    const types = [...JSON.stringify(eventSchema()).matchAll(/"Google Access ([\w ]+)"/g)].map(
      ([, type]) => type ?? '',
    );
    expect(new Set(blocks.map(([heading]) => typeOf(heading)))).toEqual(new Set(types));
  });

  it('has the schema exactly as npm run schema writes it', () => {
    expect(JSON.parse(readFileSync('docs/outcomes.schema.json', 'utf8'))).toEqual(eventSchema());
  });
});

describe('the schema', () => {
  const granted = blocks.find(([heading]) => heading === 'Granted')?.[1] as Record<string, unknown>;

  it.each<[string, string, object]>([
    ['of no known type', 'Given', {}],
    ['with a field that is not documented', 'Granted', { token: 'x' }],
    ['without its reason', 'Granted', { reason: undefined }],
    ['with parameters of a refusal', 'Refused', {}],
    ['with an empty list of failed parts', 'Granted', { failed: [] }],
    ['of another version', 'Granted', { version: 2 }],
    ['that is larger than EventBridge accepts', 'Granted', { reason: 'x'.repeat(262_144) }],
  ])('detects an event %s', (_, type, more) => {
    expect(faultsOf(type, { ...granted, ...more })).not.toEqual([]);
  });
});
