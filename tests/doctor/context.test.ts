import { once, oncePer } from '../../shared/doctor/context.ts';

it('reads once, and keeps failures', async () => {
  let reads = 0;
  const read = once(() => {
    reads += 1;
    return Promise.reject(new Error('no'));
  });
  await expect(read()).rejects.toThrow('no');
  await expect(read()).rejects.toThrow('no');
  const perKey = oncePer((key) => {
    reads += 1;
    return Promise.resolve(key);
  });
  expect([await perKey('a'), await perKey('b'), await perKey('a')]).toEqual(['a', 'b', 'a']);
  expect(reads).toBe(3);
});
