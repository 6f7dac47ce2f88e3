import type { ChangeResult, PlannedRole } from '../../shared/app/apply.ts';
import { hasMoved } from '../../shared/app/moved.ts';
import type { ObservedRole } from '../../shared/app/observe.ts';
import { type Change } from '../../shared/core/change.ts';
import { desiredOf } from '../../shared/core/desired.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import type { RoleState } from '../../shared/core/model.ts';
import type { ObservedFolder } from '../../shared/core/observed.ts';
import { planRole } from '../../shared/core/plan.ts';
import { now, reader, reports, settings } from '../support/settings.ts';
import { configOf, policyOf, present, readerPolicy } from '../support/snapshot.ts';

const path = '/google-access/reports';
const tagged = present('reports', { 'google-access': reader, Name: 'x' });
const folder = (region: string, values: Readonly<Record<string, string>> = {}): ObservedFolder => ({
  kind: 'read',
  region,
  path,
  parameters: Object.entries(values).map(([name, value]) => ({ name: `${path}/${name}`, value })),
});
const seen = (role: RoleState, ...folders: readonly ObservedFolder[]): ObservedRole => ({
  role,
  folders,
  folderErrors: new Map(),
});
const planned = (before: ObservedRole): PlannedRole => {
  const policies = new Map([[readerPolicy, policyOf()]]);
  const changes = planRole(settings, { ...before, policies }, desiredOf(before.role, settings, now));
  return { ...before, changes };
};
const done: ChangeResult = { kind: 'done' };
const failed: ChangeResult = { kind: 'failed', error: new PermanentError('no'), isAbsent: true };
const results = (role: PlannedRole, of: (change: Change) => ChangeResult = () => done) =>
  new Map(role.changes.map((change) => [change, of(change)]));

const empty = seen(tagged, folder('us-east-1'), folder('eu-west-1'));
const published = (role: PlannedRole) => {
  const value = role.changes.flatMap((change) => (change.kind === 'publish' ? [change.value] : []))[0] ?? '';
  return [folder('us-east-1', { default: value }), folder('eu-west-1', { default: value })];
};

describe('a role that was granted', () => {
  const before = planned(empty);
  const after = seen(tagged, ...published(before));

  it('has not moved where only our own writes are found', () => {
    expect(hasMoved(before, results(before), after)).toBe(false);
  });

  it('has not moved where its tags come in another order', () => {
    const turned = { ...tagged, tags: tagged.tags.toReversed() };
    expect(hasMoved(before, results(before), { ...after, role: turned })).toBe(false);
  });

  it.each<[string, RoleState]>([
    ['tagged otherwise', present('reports', { 'google-access': reader, Name: 'y' })],
    ['tagged under another key', present('reports', { 'google-access': reader, name: 'x' })],
    ['untagged', present('reports')],
    ['deleted', { kind: 'absent', ref: reports }],
    ['made anew', { ...tagged, roleId: 'AROAOTHER' }],
  ])('has moved where it is %s', (_, role) => {
    expect(hasMoved(before, results(before), { ...after, role })).toBe(true);
  });

  it('has moved where our parameter is gone, in whatever region', () => {
    const [first, second] = published(before);
    if (first === undefined || second === undefined) throw new Error('two regions');
    expect(hasMoved(before, results(before), seen(tagged, folder('us-east-1'), second))).toBe(true);
    expect(hasMoved(before, results(before), seen(tagged, first, folder('eu-west-1')))).toBe(true);
  });

  it('has moved where our parameter has another value', () => {
    const other = seen(tagged, folder('us-east-1', { default: 'other' }), ...after.folders.slice(1));
    expect(hasMoved(before, results(before), other)).toBe(true);
  });

  it('has moved where there is a parameter that we did not write', () => {
    const [first] = published(before);
    if (first?.kind !== 'read') throw new Error('a folder');
    const more = { ...first, parameters: [...first.parameters, { name: `${path}/x`, value: 'v' }] };
    expect(hasMoved(before, results(before), seen(tagged, more, ...after.folders.slice(1)))).toBe(true);
  });

  it('has not moved where a folder cannot be read: nobody knows', () => {
    const unreadable: ObservedFolder = { kind: 'unreadable', region: 'us-east-1', path };
    expect(hasMoved(before, results(before), seen(tagged, unreadable, ...after.folders.slice(1)))).toBe(
      false,
    );
  });

  it.each([
    ['is there', { default: 'whatever is there' }],
    ['is not there', {}],
  ])('has not moved where the parameter whose write failed %s', (_, values) => {
    const failing = results(before, (change) =>
      change.kind === 'publish' && change.region === 'us-east-1' ? failed : done,
    );
    const found = seen(tagged, folder('us-east-1', values), ...after.folders.slice(1));
    expect(hasMoved(before, failing, found)).toBe(false);
  });

  it('has not moved where its bind failed, and the parameters were taken back or not', () => {
    const failing = results(before, ({ kind }) => (kind === 'bind' ? failed : done));
    expect(hasMoved(before, failing, empty)).toBe(false);
    expect(hasMoved(before, failing, after)).toBe(false);
    const other = seen(tagged, folder('us-east-1', { x: 'v' }), folder('eu-west-1'));
    expect(hasMoved(before, failing, other)).toBe(true);
  });

  it('what was held back was not written, so that finding it is news', () => {
    const held = results(before, (change) =>
      change.kind === 'publish' && change.region === 'eu-west-1'
        ? { kind: 'heldBack', because: new PermanentError('no') }
        : done,
    );
    expect(hasMoved(before, held, after)).toBe(true);
    expect(hasMoved(before, held, seen(tagged, ...after.folders.slice(0, 1), folder('eu-west-1')))).toBe(
      false,
    );
  });
});

describe('a role that was revoked', () => {
  const gone: RoleState = { kind: 'absent', ref: reports };
  const values = { default: configOf(reader), theirs: 'hello' };
  const before = planned(seen(gone, folder('us-east-1', values), folder('eu-west-1', values)));
  const rest = folder('us-east-1', { theirs: 'hello' });

  it('has not moved where its parameters are gone and other people’s are there', () => {
    const after = seen(gone, rest, folder('eu-west-1', { theirs: 'hello' }));
    expect(hasMoved(before, results(before), after)).toBe(false);
  });

  it('has moved where a parameter that we took away is there again', () => {
    expect(hasMoved(before, results(before), seen(gone, rest, folder('eu-west-1', values)))).toBe(true);
  });

  it('has moved where other people’s parameter is gone', () => {
    expect(hasMoved(before, results(before), seen(gone, rest, folder('eu-west-1')))).toBe(true);
  });

  it('has moved where it is there again', () => {
    expect(hasMoved(before, results(before), seen(present('reports'), rest))).toBe(true);
  });
});
