import fc from 'fast-check';
import { merged } from '../../shared/permissions/merged.ts';
import type { Condition, Statement } from '../../shared/permissions/policy.ts';

const some = (values: readonly string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 });
const conditions: readonly (Condition | undefined)[] = [
  undefined,
  { StringEquals: { 'aws:ResourceAccount': ['1', '2'] } },
  { StringEquals: { 'aws:ResourceAccount': ['1'] } },
];
const statement = fc.record({
  Action: some(['a:A', 'a:B', 'b:A']),
  Resource: some(['r1', 'r2', '*']),
  condition: fc.constantFrom(...conditions),
});

/** Each action on each resource under each condition: everything that the statements permit. */
const permitted = (statements: readonly Statement[]): readonly string[] => [
  ...new Set(
    statements
      .flatMap(({ Action, Resource, Condition }) =>
        Action.flatMap((action) =>
          Resource.map((resource) => `${action} ${resource} ${JSON.stringify(Condition)}`),
        ),
      )
      .toSorted(),
  ),
];

it('permits exactly the same, in at most as many statements, with unique names', () => {
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 6 }), (list) => {
      const statements = list.map(({ condition, ...one }, index) => ({
        Sid: `S${index}`,
        Effect: 'Allow' as const,
        ...one,
        ...(condition === undefined ? {} : { Condition: condition }),
      }));
      const fewer = merged(statements);
      expect(permitted(fewer)).toEqual(permitted(statements));
      expect(fewer.length).toBeLessThanOrEqual(statements.length);
      expect(new Set(fewer.map(({ Sid }) => Sid)).size).toBe(fewer.length);
    }),
  );
});
