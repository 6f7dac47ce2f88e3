import { failed, listed, ok, okUnless, unknown, warning } from '../../shared/doctor/finding.ts';

describe('a finding', () => {
  it('has no empty fields', () => {
    expect([
      ok('a'),
      ok('a', 'b'),
      warning('a', 'b'),
      failed('a', 'b'),
      unknown('a'),
      unknown('a', 'b'),
    ]).toEqual([
      { status: 'ok', message: 'a' },
      { status: 'ok', message: 'a', note: 'b' },
      { status: 'warning', message: 'a', fix: 'b' },
      { status: 'failed', message: 'a', fix: 'b' },
      { status: 'unknown', message: 'a' },
      { status: 'unknown', message: 'a', fix: 'b' },
    ]);
  });

  it('reports each problem, and the same fix once', () => {
    expect(okUnless([], 'all well')).toEqual(ok('all well'));
    expect(
      okUnless(
        [
          { message: 'one', fix: 'same' },
          { message: 'two', fix: 'same' },
        ],
        '',
      ),
    ).toEqual(failed('one\ntwo', 'same'));
  });
});

it('lists names, and cuts long lists', () => {
  expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ]);
  expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
});
