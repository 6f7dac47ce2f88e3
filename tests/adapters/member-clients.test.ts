import { STSClient } from '@aws-sdk/client-sts';
import { assumedCredentials } from '../../shared/adapters/aws/assumed-credentials.ts';
import { awsClients, clientsByAccount } from '../../shared/adapters/aws/clients.ts';
import { awsListings } from '../../shared/adapters/aws/listings.ts';
import { memberClients } from '../../shared/adapters/aws/member-clients.ts';
import { awsMirror } from '../../shared/adapters/aws/messages.ts';
import { awsParameters } from '../../shared/adapters/aws/parameters.ts';
import { awsRoles } from '../../shared/adapters/aws/roles.ts';
import { memberView } from '../../shared/adapters/aws/view/member.ts';
import { clockUntil } from '../../shared/adapters/clock.ts';
import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { outcome } from '../../shared/core/outcome.ts';
import { memberRole } from '../../shared/core/stack.ts';
import { accountId as home, now, roleRef, settings } from '../support/settings.ts';
import { type LocalSubject, localSubject } from '../support/subjects.ts';

const member = '444455556666';
const role = memberRole('prod', settings, member, 'member');
const assumedArn = `arn:aws:sts::${member}:assumed-role/rolebridge-prod-member/rolebridge-prod`;

let subject: LocalSubject;
let end = (): void => undefined;
let assumed = 0;
beforeEach(async () => {
  subject = await localSubject();
  assumed = 0;
  subject.addRole(role.name, {});
});
afterEach(async () => {
  end();
  await subject.close();
});

/** STS returns credentials that the stand-in knows. `answer` answers all other calls. */
const answering = (
  output: Readonly<Record<string, unknown>> | 'denied' | 'unavailable',
  refused?: { readonly action: string; readonly code: string },
): void => {
  const stop = subject.aws.intercept(({ action }) => {
    if (action === refused?.action)
      return { kind: 'error', status: 400, code: refused.code, message: 'Not here.' };
    if (action !== 'sts:AssumeRole') return undefined;
    assumed += 1;
    if (output === 'denied')
      return { kind: 'error', status: 403, code: 'AccessDenied', message: 'User is not authorized.' };
    if (output === 'unavailable')
      return { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'Later.' };
    return { kind: 'error', status: 200, code: '', message: '', output };
  });
  end = stop;
};

const credentialsUntil = (minutes: number): Readonly<Record<string, string>> => {
  const { accessKeyId, secretAccessKey, sessionToken } = subject.aws.issueRoleCredentials(role.name, 'prod');
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(now.getTime() + minutes * 60_000).toISOString(),
  };
};

const assumedAs = (Arn: string, minutes = 60) => ({
  AssumedRoleUser: { Arn, AssumedRoleId: 'AROAX:rolebridge-prod' },
  Credentials: credentialsUntil(minutes),
});

const sts = () => new STSClient({ region: 'us-east-1', maxAttempts: 1 });

const ports = (mirrorSeconds = 10) => {
  const clients = awsClients('us-east-1', { maxAttempts: 1 });
  const of = clientsByAccount(home, clients, () =>
    memberClients(clients.sts, role, { region: 'us-east-1', maxAttempts: 1, now: () => now }),
  );
  const signal = AbortSignal.timeout(30_000);
  return {
    roles: awsRoles(of, signal),
    parameters: awsParameters(of, signal),
    listings: awsListings(of, 100, signal),
    mirror: awsMirror(of, clockUntil(), signal, mirrorSeconds),
  };
};

const asViewer = () => {
  const viewerRole = memberRole('prod', settings, member, 'viewer');
  const clients = memberClients(sts(), viewerRole, { region: 'us-east-1', maxAttempts: 1, now: () => now });
  return memberView(clients, 1, AbortSignal.timeout(30_000));
};

const place = { accountId: member, region: 'eu-central-1' };
const ref = { ...roleRef('reports'), accountId: member };

const outcomes = [
  outcome('Granted', { eventId: 'e-1' }, now, { role: ref, grant: 'default', parameters: [] }),
];

describe('copies of outcomes', () => {
  it('go to the default bus under a source of their own', async () => {
    answering(assumedAs(assumedArn));
    await ports().mirror.send(member, outcomes);
    expect(
      subject.aws.bus.history
        .filter(({ source }) => source.startsWith('rolebridge'))
        .map((event) => [event.source, event['detail-type'], event.detail]),
    ).toEqual([['rolebridge.mirror', 'Google Access Granted', outcomes[0]?.detail]]);
  });

  it('are given up if the account does not respond', async () => {
    const stop = subject.aws.intercept(() => ({ kind: 'hang' }));
    end = stop;
    await expect(ports(0.05).mirror.send(member, outcomes)).rejects.toThrow(
      `AWS account ${member} did not take its outcomes within 0.05 s.`,
    );
  });
});

describe('the names of the roles in other accounts', () => {
  it('follow stage, prefix and path', () => {
    expect(role).toMatchObject({ arn: `arn:aws:iam::${member}:role/rolebridge-prod-member` });
    const deploy = { roleNamePrefix: 'platform-', rolePath: '/platform/' };
    expect(memberRole('dev', { deploy }, member, 'member-read').arn).toBe(
      `arn:aws:iam::${member}:role/platform/platform-rolebridge-dev-member-read`,
    );
  });
});

describe('assumed credentials', () => {
  it('are shared by all callers, and renewed once shortly before they expire', async () => {
    answering(assumedAs(assumedArn));
    let time = now;
    const credentials = assumedCredentials(sts(), role, () => time);
    const all = await Promise.all([credentials(), credentials(), credentials()]);
    expect(new Set(all).size).toBe(1);
    time = new Date(now.getTime() + 54 * 60_000);
    await credentials();
    expect(assumed).toBe(1);
    time = new Date(now.getTime() + 56 * 60_000);
    end();
    answering(assumedAs(assumedArn, 120));
    await Promise.all([credentials(), credentials()]);
    await credentials();
    expect(assumed).toBe(2);
  });

  it('are fetched again after a failure', async () => {
    answering('unavailable');
    const credentials = assumedCredentials(sts(), role, () => now);
    await expect(credentials()).rejects.toThrow(RetryableError);
    end();
    answering(assumedAs(assumedArn));
    expect(await credentials()).toMatchObject({ expiration: new Date(now.getTime() + 60 * 60_000) });
  });

  it.each([
    ['another account', `arn:aws:sts::${home}:assumed-role/rolebridge-prod-member/rolebridge-prod`],
    ['another role', `arn:aws:sts::${member}:assumed-role/other/rolebridge-prod`],
  ])('of %s are not used', async (_, arn) => {
    answering(assumedAs(arn));
    await expect(ports().roles.read(ref)).rejects.toThrow(
      `AWS account ${member} cannot be read: STS answered with ${arn}`,
    );
    expect(subject.aws.calls.map(({ action }) => action)).not.toContain('iam:GetRole');
  });

  it.each([
    ['the role', { Credentials: {} }],
    ['the credentials', { AssumedRoleUser: { Arn: assumedArn, AssumedRoleId: 'x' } }],
  ])('an answer without %s is retried', async (_, output) => {
    answering(output);
    const credentials = assumedCredentials(sts(), role, () => now);
    await expect(credentials()).rejects.toThrow(RetryableError);
  });
});

describe('calls in another account', () => {
  it('use its credentials, and never ask whose they are', async () => {
    answering(assumedAs(assumedArn));
    const Role = { RoleName: 'reports', RoleId: 'AROA1', Arn: `arn:aws:iam::${member}:role/reports` };
    const endRole = subject.aws.intercept(({ action }) =>
      action === 'iam:GetRole'
        ? { kind: 'error', status: 200, code: '', message: '', output: { Role } }
        : undefined,
    );
    const { roles, parameters } = ports();
    expect(await roles.read(ref).finally(endRole)).toMatchObject({
      kind: 'present',
      ref: { accountId: member },
    });
    expect(await parameters.list(place, '/google-access/reports')).toEqual([]);
    await parameters.put(place, { name: '/google-access/reports/x', value: 'v', description: 'd' });
    expect(subject.aws.ssm.parameters('eu-central-1').size).toBe(1);
    const actions = subject.aws.calls.map(({ action }) => action);
    expect(actions).not.toContain('sts:GetCallerIdentity');
    expect(assumed).toBe(1);
  });

  it('report a role that cannot be assumed, with the account and what to check', async () => {
    answering('denied');
    const read = ports().roles.read(ref);
    await expect(read).rejects.toThrow(PermanentError);
    await expect(read).rejects.toThrow(
      `AWS account ${member} cannot be read: AWS does not let rolebridge assume ${role.arn} (User is not authorized). AWS gives no reason. Its answer is the same for a missing role and for a trust policy that does not admit the function. "rolebridge doctor --account ${member}" reads the role and reports which it is.`,
    );
  });

  it('report a viewer role that cannot be assumed, with what an operator has to check', async () => {
    answering('denied');
    const viewer = memberRole('prod', settings, member, 'viewer');
    const credentials = assumedCredentials(sts(), viewer, () => now);
    await expect(credentials()).rejects.toThrow(
      `AWS account ${member} cannot be read: AWS does not let you assume ${viewer.arn} (User is not authorized). AWS gives no reason. Its answer is the same if the role does not exist (its stack is missing, or the parameter OperatorArns of the stack is empty), if OperatorArns does not name your role`,
    );
  });

  it.each([
    ['iam:GetRole', () => ports().roles.read(ref), `GetRole in AWS account ${member}`],
    [
      'ssm:GetParametersByPath',
      () => ports().parameters.list(place, '/google-access/reports'),
      `GetParametersByPath in eu-central-1 of AWS account ${member}`,
    ],
    [
      'ssm:PutParameter',
      () => ports().parameters.put(place, { name: '/google-access/reports/x', value: 'v', description: 'd' }),
      `PutParameter in eu-central-1 of AWS account ${member}`,
    ],
    [
      'events:PutEvents',
      () => ports().mirror.send(member, outcomes),
      `PutEvents in us-east-1 of AWS account ${member}`,
    ],
  ])('report that %s is denied', async (action, call, what) => {
    answering(assumedAs(assumedArn), { action, code: 'AccessDenied' });
    const failure: unknown = await call().catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(PermanentError);
    expect(String(failure)).toContain(
      `${what}: AccessDenied: Not here. Check in that account that the policy of role rolebridge-prod-member allows ${action}, as the member template does`,
    );
  });

  it.each([
    [
      'events:DescribeRule',
      () => asViewer().rule('any'),
      'DescribeRule in us-east-1',
      'AccessDeniedException',
    ],
    ['cloudtrail:DescribeTrails', () => asViewer().trails(), 'DescribeTrails in us-east-1', 'AccessDenied'],
    [
      'ec2:DescribeInstances',
      () => asViewer().instances('eu-central-1', []),
      'DescribeInstances in eu-central-1',
      'UnauthorizedOperation',
    ],
  ] as const)('report to people that the viewer role lacks %s', async (action, call, what, code) => {
    answering(assumedAs(assumedArn.replace('-member/', '-viewer/')), { action, code });
    const failure: unknown = await call().catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(PermanentError);
    expect(String(failure)).toContain(
      `${what} of AWS account ${member}: ${code}: Not here. Check in that account that the policy of role rolebridge-prod-viewer allows ${action}, as the member template does`,
    );
  });

  it('report a region that the account has not enabled', async () => {
    answering(assumedAs(assumedArn), {
      action: 'ssm:GetParametersByPath',
      code: 'UnrecognizedClientException',
    });
    await expect(ports().parameters.list(place, '/google-access/reports')).rejects.toThrow(
      'If other regions of the account work, it has probably not enabled eu-central-1: enable it there (aws account enable-region --region-name eu-central-1)',
    );
  });

  it('report a role that was deleted while its session was in use', async () => {
    answering(assumedAs(assumedArn), { action: 'iam:GetRole', code: 'InvalidClientTokenId' });
    const failure: unknown = await ports()
      .roles.read(ref)
      .catch((thrown: unknown) => thrown);
    expect(String(failure)).toContain('Role rolebridge-prod-member may have been deleted or created again');
    expect(String(failure)).not.toContain('enable-region');
  });

  it('leave other errors as they are', async () => {
    answering(assumedAs(assumedArn), { action: 'iam:GetRole', code: 'NoSuchEntity' });
    expect(await ports().roles.read(ref)).toEqual({ kind: 'absent', ref });
  });
});
