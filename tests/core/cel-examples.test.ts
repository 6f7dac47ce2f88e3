import { examples, scope } from '../../local/google/cel-examples.json';
import { evaluate } from '../../shared/core/provider-mapping.ts';

it.each(examples)('$expression', ({ expression, value }) => {
  const found = evaluate(expression, scope);
  // JSON has no BigInt.
  expect(typeof found === 'bigint' ? Number(found) : found).toEqual(value);
});
