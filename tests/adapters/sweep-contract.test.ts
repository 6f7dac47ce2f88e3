import { driftDetail, emptyDrift } from '../../shared/core/drift.ts';
import { heldDetail } from '../../shared/core/held.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Pages } from '../../shared/ports.ts';
import { accountId, email, inHome, now, reader, reports, roleRef } from '../support/settings.ts';
import { type LocalSubject, localSubject, memorySubject, type Subject } from '../support/subjects.ts';

const all = async <T>(pages: Pages<T>): Promise<readonly T[]> => {
  const items: T[] = [];
  for await (const page of pages) items.push(...page);
  return items;
};
const drift = emptyDrift(reports);

describe.each([
  ['in memory', memorySubject],
  ['over HTTP, with the official clients', localSubject],
])('the ports of the sweep, %s', (_, start) => {
  let subject: Subject;
  beforeEach(async () => {
    subject = await start();
  });
  afterEach(() => subject.close());

  it('all roles are listed with their tags, over several pages', async () => {
    const names = Array.from({ length: 230 }, (__, index) => `app-${String(index).padStart(3, '0')}`);
    for (const name of names) subject.addRole(name, { 'google-access': reader, team: name });
    const roles = await all(subject.sweepPorts.listings.roles(accountId));
    expect(roles.map(({ ref }) => ref)).toEqual(names.map(roleRef));
    expect(roles[200]).toMatchObject({
      kind: 'present',
      roleId: expect.stringMatching(/^AROA/),
      arn: `arn:aws:iam::${accountId}:role/app-200`,
      tags: [
        { key: 'google-access', value: reader },
        { key: 'team', value: 'app-200' },
      ],
    });
  });

  it('all parameters under a prefix are listed, at any depth, over several pages, per region', async () => {
    const names = Array.from({ length: 25 }, (__, index) => `/google-access/r${index}/default`);
    for (const name of [...names, '/google-access/r0/deep/er', '/google-accessories/x', '/other/x'])
      await subject.ports.parameters.put(inHome('us-east-1'), { name, value: 'v', description: 'd' });
    const listed = await all(subject.sweepPorts.listings.parameters(inHome('us-east-1'), '/google-access'));
    expect(listed.map(({ name }) => name).toSorted()).toEqual(
      [...names, '/google-access/r0/deep/er'].toSorted(),
    );
    expect(await all(subject.sweepPorts.listings.parameters(inHome('eu-west-1'), '/google-access'))).toEqual(
      [],
    );
  });

  it('invariant 3: a parameter is listed with its type, and a SecureString without its text', async () => {
    const text = '{"type":"external_account"}';
    for (const type of ['String', 'StringList', 'SecureString'])
      subject.plant({ name: `/google-access/r/${type}`, value: text, type });
    const listed = await all(subject.sweepPorts.listings.parameters(inHome('us-east-1'), '/google-access'));
    const textOf = (wanted: string) => listed.flatMap(({ type, value }) => (type === wanted ? [value] : []));
    expect(textOf('String')).toEqual([text]);
    expect(textOf('StringList')).toEqual([text]);
    expect(textOf('SecureString')).toEqual([expect.not.stringContaining('external_account')]);
  });

  it('all service accounts of a project are listed, opted in or not, over several pages', async () => {
    const emails = Array.from({ length: 120 }, (__, index) => email(`reader-${index}`));
    for (const one of emails) subject.addPolicy(one, {});
    subject.deny(emails[7] ?? '');
    const listed = await all(subject.sweepPorts.listings.serviceAccounts('acme-data'));
    expect(listed.toSorted()).toEqual(emails.map(serviceAccountResource).toSorted());
  });

  it('drifts are sent, even if they exceed the count or the size of one call, and so is what is held', async () => {
    // A hundred of these would exceed a call of 256 KB.
    const strays = Array.from({ length: 500 }, (__, index) => ({
      region: 'us-east-1',
      name: `/google-access/reports/${'x'.repeat(100)}${index}`,
    }));
    await subject.sweepPorts.sink.drifts(
      Array.from({ length: 12 }, () => driftDetail({ ...drift, strays }, now)),
    );
    const account = { limit: 0, released: [], mayLeave: [], approved: [], isIncomplete: false };
    await subject.sweepPorts.sink.held(
      ['111122223333', '444455556666'].map((id) =>
        heldDetail({ ...account, accountId: id, held: [] }, true, false, now),
      ),
    );
    await subject.sweepPorts.sink.held([]);
    expect(subject.sent().outcomes).toBe(14);
  });
});

describe('the adapters of the sweep', () => {
  let subject: LocalSubject;
  beforeEach(async () => {
    subject = await localSubject();
  });
  afterEach(() => subject.close());

  it('do not mistake another account’s roles for ours', async () => {
    await expect(all(subject.sweepPorts.listings.roles('999999999999'))).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining('not into account 999999999999'),
    });
  });

  it('name the lister role if a project may not be listed', async () => {
    subject.google.addProject({ id: 'private-data', number: '999' });
    await expect(all(subject.sweepPorts.listings.serviceAccounts('private-data'))).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining("Grant rolebridge's lister role on project private-data"),
    });
  });

  it('retry a throttled page, and end a listing whose page is denied', async () => {
    for (let index = 0; index < 25; index += 1)
      await subject.ports.parameters.put(inHome('us-east-1'), {
        name: `/google-access/r${index}/default`,
        value: 'v',
        description: '',
      });
    let pages = 0;
    const answers = [
      'ThrottlingException',
      undefined,
      'ThrottlingException',
      undefined,
      'AccessDeniedException',
    ];
    subject.aws.intercept(({ action }) => {
      if (action !== 'ssm:GetParametersByPath') return undefined;
      const code = answers[pages];
      pages += 1;
      return code === undefined ? undefined : { kind: 'error', status: 400, code, message: 'no' };
    });
    const seen: string[] = [];
    const listing = async () => {
      for await (const page of subject.sweepPorts.listings.parameters(inHome('us-east-1'), '/google-access'))
        seen.push(...page.map(({ name }) => name));
    };
    await expect(listing()).rejects.toMatchObject({ name: 'PermanentError' });
    expect(seen).toHaveLength(20);
  });
});
