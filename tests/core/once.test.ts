import { once, oncePer } from '../../shared/core/once.ts';

it('reads once, and keeps failures', async () => {
  let reads = 0;
  const read = once(() => {
    reads += 1;
    return Promise.reject(new Error('no'));
  });
  await expect(read()).rejects.toThrow('no');
  await expect(read()).rejects.toThrow('no');
  const perKey = oncePer((key: string) => {
    reads += 1;
    return Promise.resolve(key);
  });
  expect([await perKey('a'), await perKey('b'), await perKey('a')]).toEqual(['a', 'b', 'a']);
  expect(reads).toBe(3);
});

it('makes one thing for all keys of the same name', () => {
  const made = oncePer(
    ({ arn }: { readonly arn: string }) => ({ arn }),
    ({ arn }) => arn,
  );
  expect(made({ arn: 'a' })).toBe(made({ arn: 'a' }));
  expect(made({ arn: 'b' })).not.toBe(made({ arn: 'a' }));
});
