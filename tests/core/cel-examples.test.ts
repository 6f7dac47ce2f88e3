import cel from '../../local/google/cel-examples.json' with { type: 'json' };
import { evaluate } from '../../shared/core/provider-mapping.ts';

it.each(cel.examples)('$expression', ({ expression, value }) => {
  const found = evaluate(expression, cel.scope);
  // JSON has no BigInt.
  expect(typeof found === 'bigint' ? Number(found) : found).toEqual(value);
});
