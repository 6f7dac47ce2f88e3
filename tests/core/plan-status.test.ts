import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { type Desired, desiredOf } from '../../shared/core/guardrail.ts';
import type { PresentRole, RoleState } from '../../shared/core/model.ts';
import type { ObservedFolder, ObservedParameter } from '../../shared/core/observed.ts';
import { type KnownAccess, planStatuses } from '../../shared/core/plan-status.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { statusText } from '../../shared/core/status.ts';
import { now, reader, reports, settings, tagKey } from '../support/settings.ts';

const on: Settings = { ...settings, accountOutcomes: { mirror: false, status: true } };
const since = '2026-11-20T00:00:00.000Z';
const path = '/google-access/reports';
const name = `${path}/default.status`;
const foreign = 'other@elsewhere.iam.gserviceaccount.com';

const roleWith = (...values: readonly string[]): PresentRole => ({
  kind: 'present',
  ref: reports,
  roleId: 'AROAREPORTS',
  arn: 'arn:aws:iam::111122223333:role/reports',
  tags: values.map((value) => ({ key: tagKey, value })),
});
const folder = (region: string, ...parameters: readonly Partial<ObservedParameter>[]): ObservedFolder => ({
  kind: 'read',
  region,
  path,
  parameters: parameters.map((one) => ({ name, value: granted, type: 'String', ...one })),
});
const granted = statusText({ state: 'granted', since });
const refused = (reason: string): string => statusText({ state: 'refused', reason });

interface Case {
  readonly role?: RoleState;
  readonly folders?: readonly ObservedFolder[];
  readonly known?: Partial<KnownAccess>;
  readonly using?: Settings;
  readonly desired?: Desired;
}
const planned = ({ role = roleWith(reader), folders = empty, known = {}, using = on, desired }: Case) =>
  planStatuses(using, { role, folders }, desired ?? desiredOf(role, using, now), () => ({
    granted: new Map(),
    failures: new Map(),
    ...known,
  }));
const empty = [folder('us-east-1'), folder('eu-west-1')];
const isGranted: Partial<KnownAccess> = { granted: new Map([['default', { since }]]) };
const write = (region: string, value: string) => ({
  kind: 'writeStatus',
  id: `writeStatus ${region} ${name}`,
  grants: ['default'],
  region,
  name,
  value,
});
const remove = (region: string, removed = name) => ({
  kind: 'removeStatus',
  id: `removeStatus ${region} ${removed}`,
  grants: [],
  region,
  name: removed,
});

describe('a status is written', () => {
  it('in each region where it is not published', () => {
    expect(planned({ known: isGranted })).toEqual([write('us-east-1', granted), write('eu-west-1', granted)]);
    const folders = [folder('us-east-1', {}), folder('eu-west-1')];
    expect(planned({ known: isGranted, folders })).toEqual([write('eu-west-1', granted)]);
  });

  it('if another value or another type is published, and the type is changed, too', () => {
    const folders = [
      folder('us-east-1', { value: refused('x') }),
      folder('eu-west-1', { type: 'StringList' }),
    ];
    expect(planned({ known: isGranted, folders })).toEqual([
      write('us-east-1', granted),
      { ...write('eu-west-1', granted), isOtherType: true },
    ]);
  });

  it('after the change that makes the binding', () => {
    const known = { granted: new Map([['default', { since, after: 'bind x' }]]) };
    const [first] = planned({ known, folders: [folder('us-east-1')] });
    expect(first).toEqual({ ...write('us-east-1', granted), after: 'bind x' });
  });

  it('with why a request was refused, without the day', () => {
    const limited = { ...on, allow: on.allow.map((rule) => ({ ...rule, maxDays: 5 })) };
    const [first] = planned({ using: limited });
    expect(first).toEqual(
      write(
        'us-east-1',
        refused(`Access to ${reader} is for at most 5 days, and this request names no "until".`),
      ),
    );
  });

  it('with the first refusal of a name', () => {
    const role = {
      ...roleWith(foreign),
      tags: [
        { key: tagKey, value: foreign },
        { key: `${tagKey}/default`, value: foreign },
      ],
    };
    const [first, ...others] = desiredOf(role, on, now).refusals.filter((one) => one.name === 'default');
    expect(others).toHaveLength(1);
    expect(planned({ role })).toEqual([
      write('us-east-1', refused(first?.reason ?? '')),
      write('eu-west-1', refused(first?.reason ?? '')),
    ]);
  });

  it.each([
    ['what lasts of a permanent failure', new PermanentError('no, request 7', { lasting: 'no' }), 'no'],
    [
      'one text for every passing failure',
      new RetryableError('HTTP 503 of request 7'),
      'The access could not be given yet. rolebridge tries again.',
    ],
  ])('with %s', (_, failure, reason) => {
    const [first] = planned({ known: { failures: new Map([['default', failure]]) } });
    expect(first).toEqual(write('us-east-1', statusText({ state: 'failed', reason })));
  });

  it('with the access, if an older refusal has the same name', () => {
    const { grants } = desiredOf(roleWith(reader), on, now);
    const { refusals } = desiredOf(roleWith(foreign), on, now);
    const [first] = planned({ desired: { grants, refusals }, known: isGranted });
    expect(first).toEqual(write('us-east-1', granted));
  });
});

describe('a status stays', () => {
  const published = [folder('us-east-1', {}), folder('eu-west-1', {})];

  it('if it is right', () => {
    expect(planned({ known: isGranted, folders: published })).toEqual([]);
  });

  it('if nothing is known of its grant', () => {
    expect(planned({ folders: published })).toEqual([]);
  });

  it('beside a refusal and a failure of the same grant, of which neither is known', () => {
    const { grants } = desiredOf(roleWith(reader), on, now);
    const { refusals } = desiredOf(roleWith(foreign), on, now);
    expect(planned({ desired: { grants, refusals }, folders: published })).toEqual([]);
  });

  it('where the folder could not be read', () => {
    const folders = [{ kind: 'unreadable' as const, region: 'us-east-1', path }, folder('eu-west-1')];
    expect(planned({ known: isGranted, folders })).toEqual([write('eu-west-1', granted)]);
    expect(planned({ role: roleWith(), folders })).toEqual([]);
  });

  it('if it does not look like ours', () => {
    const folders = [folder('us-east-1', { value: 'a note of mine' })];
    expect(planned({ role: roleWith(), folders })).toEqual([]);
  });
});

describe('a status is removed', () => {
  const folders = [folder('us-east-1', {}, { name: `${path}/old.status` }), folder('eu-west-1')];

  it('when no tag has its name any more', () => {
    expect(planned({ known: isGranted, folders })).toEqual([
      write('eu-west-1', granted),
      remove('us-east-1', `${path}/old.status`),
    ]);
  });

  it.each([
    ['without a tag', { role: roleWith() }],
    ['of a role that is gone', { role: { kind: 'absent', ref: reports } as const }],
    ['once the option is off', { using: settings }],
  ])('%s', (_, given) => {
    expect(planned({ ...given, folders })).toEqual([
      remove('us-east-1'),
      remove('us-east-1', `${path}/old.status`),
    ]);
  });

  it('in a folder of an earlier prefix, where one of the same name does not count as published', () => {
    const former = '/former/reports';
    const other: ObservedFolder = {
      kind: 'read',
      region: 'us-east-1',
      path: former,
      parameters: [{ name: `${former}/default.status`, value: granted, type: 'String' }],
    };
    expect(planned({ known: isGranted, folders: [other, ...empty] })).toEqual([
      write('us-east-1', granted),
      write('eu-west-1', granted),
      remove('us-east-1', `${former}/default.status`),
    ]);
  });
});
