import type { Change } from '../../shared/core/change.ts';
import { memberOf } from '../../shared/core/member.ts';
import {
  awaitsAnswer,
  currentOwnership,
  type Ownerships,
  type PoolOwnership,
  permittedByOwnership,
  withoutDeletedPools,
} from '../../shared/core/ownership.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { poolPath, type Settings } from '../../shared/core/settings.ts';
import { settings as file, reader, reports } from '../support/settings.ts';

const current = poolPath(file);
const former = 'projects/123456789012/locations/global/workloadIdentityPools/old-pool';
const settings: Settings = { ...file, google: { ...file.google, formerPools: [former] } };
const resource = serviceAccountResource(reader);
const memberIn = (pool: string): string => memberOf(file, reports).replace(current, pool);

const change = (kind: Change['kind'], pool = current, grants: readonly string[] = ['default']): Change => {
  const base = { id: `${kind} ${pool} ${grants.join()}`, grants };
  switch (kind) {
    case 'bind':
    case 'unbind':
      return {
        ...base,
        kind,
        access: resource,
        resource,
        edit: { kind: kind === 'bind' ? 'add' : 'remove', role: 'r', member: memberIn(pool) },
      };
    case 'list':
    case 'unlist':
      return {
        ...base,
        kind,
        access: resource,
        resource,
        binding: { googleRole: 'r', resource, member: memberIn(pool) },
      };
    case 'publish':
      return {
        ...base,
        kind,
        access: resource,
        region: 'us-east-1',
        name: '/google-access/reports/default',
        value: '{}',
        description: '',
        isNew: true,
        replaces: [],
      };
    case 'unpublish':
      return {
        ...base,
        kind,
        region: 'us-east-1',
        name: '/google-access/reports/default',
        pool,
        behind: [],
      };
    case 'writeStatus':
    case 'removeStatus':
      return { ...base, kind, region: 'us-east-1', name: '/google-access/reports/default.status', value: '' };
  }
};

const ours: PoolOwnership = { kind: 'ours' };
const remembered: PoolOwnership = { kind: 'ours', isRemembered: true };
const another: PoolOwnership = { kind: 'another', owner: '999999999999/prod', reason: 'theirs' };
const unproven: PoolOwnership = { kind: 'unproven', reason: 'no marker' };
const notFound: PoolOwnership = { kind: 'unproven', reason: 'no pool', isNotFound: true };
const pools = (ofCurrent: PoolOwnership, ofFormer: PoolOwnership = ours): Ownerships =>
  new Map([
    [current, ofCurrent],
    [former, ofFormer],
  ]);
const permitted = (ownerships: Ownerships, changes: readonly Change[]): readonly string[] =>
  permittedByOwnership(settings, ownerships, changes).map(({ kind }) => kind);

const all = ['bind', 'unbind', 'publish', 'unpublish', 'list', 'unlist'] as const;

describe('invariant 1: the changes that a plan may make in a pool', () => {
  it.each<[string, PoolOwnership, readonly string[]]>([
    ['ours', ours, all],
    ['of another owner', another, []],
    ['not proven to be ours', unproven, all],
  ])('the configured pool is %s', (_, ownership, expected) => {
    expect(
      permitted(
        pools(ownership),
        all.map((kind) => change(kind)),
      ),
    ).toEqual(expected);
  });

  it.each<[string, PoolOwnership, readonly string[]]>([
    ['ours', ours, ['bind', 'unbind', 'publish', 'unpublish', 'list', 'unlist']],
    // A binding that is gone concerns the ledger alone.
    ['of another owner', another, ['publish', 'unlist']],
    ['not proven to be ours', unproven, ['bind', 'unbind', 'publish', 'unpublish', 'list', 'unlist']],
  ])('a former pool is %s', (_, ownership, expected) => {
    expect(
      permitted(
        pools(ours, ownership),
        all.map((kind) => change(kind, former)),
      ),
    ).toEqual(expected);
  });

  it('in a pool that is not proven, only bindings that the ledger explains are removed', () => {
    const changes = all.map((kind) => change(kind, current, []));
    expect(permitted(pools(unproven), changes)).toEqual(['bind', 'publish', 'unpublish', 'list', 'unlist']);
    expect(permitted(pools(ours), changes)).toEqual(all);
  });

  it('a pool whose marker was not read, or that is not ours at all, is not proven', () => {
    const unexplained = change('unbind', current, []);
    expect(permitted(new Map(), [unexplained, change('bind')])).toEqual(['bind']);
    const foreign = 'projects/1/locations/global/workloadIdentityPools/x';
    expect(permitted(pools(ours), [change('unbind', foreign, []), change('unbind', foreign)])).toEqual([
      'unbind',
    ]);
  });

  it('a change that waits for one that is left out is also left out', () => {
    const unbind = { ...change('unbind', former), after: change('bind').id } as Change;
    expect(permitted(pools(another), [change('bind'), unbind])).toEqual([]);
  });
});

describe('invariant 4: a pool that Google does not know', () => {
  it.each<[string, PoolOwnership, PoolOwnership, string]>([
    ['another pool answered', ours, notFound, 'ours'],
    ['another pool answered, and has another owner', another, notFound, 'ours'],
    ['the owner of the other pool is only remembered', remembered, notFound, 'unproven'],
    ['nothing else answered', unproven, notFound, 'unproven'],
    ['its marker is missing, but the pool is there', ours, unproven, 'unproven'],
  ])('%s', (_, ofCurrent, ofFormer, expected) => {
    expect(withoutDeletedPools(settings, pools(ofCurrent, ofFormer)).get(former)?.kind).toBe(expected);
  });

  it('the configured pool is never mistaken for a deleted one', () => {
    expect(withoutDeletedPools(settings, pools(notFound, ours)).get(current)).toEqual(notFound);
  });

  it.each<[PoolOwnership, PoolOwnership, boolean]>([
    [remembered, notFound, true],
    [unproven, notFound, true],
    [ours, notFound, false],
    [another, notFound, false],
    [remembered, unproven, false],
    [remembered, ours, false],
  ])('%j and %j: the configured pool is read again: %j', (ofCurrent, ofFormer, expected) => {
    expect(awaitsAnswer(pools(ofCurrent, ofFormer))).toBe(expected);
  });

  it('the configured pool is unproven until its marker was read', () => {
    expect(currentOwnership(settings, pools(another)).kind).toBe('another');
    expect(currentOwnership(settings, new Map())).toEqual({
      kind: 'unproven',
      reason: 'Its marker was not read.',
    });
  });
});
