import { readScopeEntry, type Scope, watchedScope, withLosses } from '../../shared/core/scope.ts';
import { now, settings } from '../support/settings.ts';

const early = '2026-11-01T00:00:00.000Z';
const late = '2026-11-20T00:00:00.000Z';
const lostAtOf = (scope: Scope, lost: Readonly<Record<string, string>>) =>
  withLosses(scope, new Map(Object.entries(lost))).map(({ name, lostAt }) => [name, lostAt]);

describe('invariant 4: the time when a project last lost an account', () => {
  it('counts for the project of that name alone', () => {
    const scope: Scope = [
      { kind: 'project', name: 'acme-old' },
      { kind: 'project', name: 'acme-data' },
    ];
    expect(lostAtOf(scope, { 'acme-old': early })).toEqual([
      ['acme-old', early],
      ['acme-data', undefined],
    ]);
  });

  it.each([
    ['a number may be any project', '123456789012', early],
    ['digits at the start of a name are not a number', '12-old', undefined],
    ['digits at the end of a name are not a number', 'old-12', undefined],
  ])('%s', (_, project, expected) => {
    expect(lostAtOf([{ kind: 'project', name: 'acme-data' }], { [project]: early })).toEqual([
      ['acme-data', expected],
    ]);
  });

  it('counts for every pool: each account may come back with its members', () => {
    expect(lostAtOf([{ kind: 'pool', name: 'projects/1/x' }], { 'acme-old': early })).toEqual([
      ['projects/1/x', early],
    ]);
  });

  it('does not count for regions, prefixes and AWS accounts', () => {
    const scope: Scope = [
      { kind: 'region', name: '123456789012' },
      { kind: 'prefix', name: '/acme-old' },
    ];
    expect(withLosses(scope, new Map([['123456789012', early]]))).toEqual(scope);
  });

  it.each([
    ['first', { one: late, other: early }],
    ['last', { one: early, other: late }],
  ])('is the latest loss, no matter whether it is read %s', (_, { one, other }) => {
    expect(lostAtOf([{ kind: 'pool', name: 'p' }], { one, other })).toEqual([['p', late]]);
  });

  it('stays with a project that the file no longer names', () => {
    const watched = watchedScope(settings, [{ kind: 'project', name: 'acme-old', lostAt: early }], now);
    expect(watched.at(-1)).toStrictEqual({
      kind: 'project',
      name: 'acme-old',
      droppedAt: now.toISOString(),
      lostAt: early,
    });
    const without = watchedScope(settings, [{ kind: 'project', name: 'acme-old' }], now);
    expect(without.at(-1)).toStrictEqual({
      kind: 'project',
      name: 'acme-old',
      droppedAt: now.toISOString(),
    });
  });
});

it.each([['[]'], ['"scope"'], ['{"version":2,"kind":"project","name":"acme-old"}'], ['{"version":1}']])(
  'a scope entry in another form is unreadable: %s',
  (body) => {
    expect(readScopeEntry(body)).toBeUndefined();
  },
);
