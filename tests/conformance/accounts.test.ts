/**
 * The functions' adapters in several accounts, against moto: each assumed role sees its own account. moto evaluates
 * no trust policy, assumes roles that do not exist, and forwards no event to another account's bus. So none of that
 * is tested here. The stand-in's tests cover it, with an evaluator of policies (tests/e2e/accounts-threats.test.ts,
 * local/members.test.ts).
 */
import { IAM } from '@aws-sdk/client-iam';
import { Organizations } from '@aws-sdk/client-organizations';
import { SSM } from '@aws-sdk/client-ssm';
import { awsClients, clientsByAccount } from '../../shared/adapters/aws/clients.ts';
import { awsListings } from '../../shared/adapters/aws/listings.ts';
import { type MemberClients, memberClients } from '../../shared/adapters/aws/member-clients.ts';
import { awsOrganization } from '../../shared/adapters/aws/organization.ts';
import { awsParameters } from '../../shared/adapters/aws/parameters.ts';
import { awsRoles } from '../../shared/adapters/aws/roles.ts';
import { clockUntil } from '../../shared/adapters/clock.ts';
import { memberRole } from '../../shared/core/stack.ts';
import { settings } from '../support/settings.ts';
import { withVariables } from '../support/variables.ts';
import { hasMoto, type Moto, startMoto } from './moto.ts';

/** moto's own account. With MOTO_ACCOUNT_ID, it would answer every call from that account, with any credentials. */
const home = '123456789012';
const near = '444455556666';
const far = '777788889999';
const region = 'us-east-1';
const roleName = 'reports';
const refOf = (accountId: string) => ({ partition: 'aws', accountId, roleName });

const collected = async <T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> => {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
};

(hasMoto ? describe : describe.skip)('several accounts in moto_server (is it installed?)', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto.close());

  /** Everything here finds moto in the way the functions find AWS. */
  const inMoto = <T>(run: () => Promise<T>): Promise<T> =>
    withVariables(
      {
        AWS_ENDPOINT_URL: moto.url,
        AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
        AWS_SESSION_TOKEN: undefined,
        AWS_PROFILE: undefined,
      },
      run,
    );

  const open = () => {
    const clients = awsClients(region, { maxAttempts: 1 });
    const members = new Map<string, MemberClients>();
    const memberOf = (accountId: string): MemberClients => {
      const role = memberRole('prod', settings, accountId, 'member');
      const found =
        members.get(accountId) ??
        memberClients(clients.sts, role, { region, maxAttempts: 1, now: () => new Date() });
      members.set(accountId, found);
      return found;
    };
    const { signal } = new AbortController();
    const clientsOf = clientsByAccount(home, clients, memberOf);
    return {
      memberOf,
      roles: awsRoles(clientsOf, signal),
      parameters: awsParameters(clientsOf, signal),
      listings: awsListings(clientsOf, 1_000, signal),
    };
  };

  /** A role in an account, as its administrator would create it. */
  const createRole = async (iam: IAM, team: string): Promise<void> => {
    await iam.createRole({
      RoleName: roleName,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      }),
      Tags: [{ Key: 'team', Value: team }],
    });
  };

  it('reads and lists the role of each account, though all have the same name', async () => {
    await inMoto(async () => {
      const { memberOf, roles, listings } = open();
      expect(await roles.read(refOf(near))).toEqual({ kind: 'absent', ref: refOf(near) });
      await createRole(new IAM({ region }), home);
      for (const id of [near, far])
        await createRole(new IAM({ region, credentials: memberOf(id).credentials }), id);
      for (const accountId of [home, near, far]) {
        const tags = [{ key: 'team', value: accountId }];
        const arn = `arn:aws:iam::${accountId}:role/${roleName}`;
        const present = { kind: 'present', ref: refOf(accountId), arn, tags };
        expect(await roles.read(refOf(accountId))).toMatchObject(present);
        expect(await collected(listings.roles(accountId))).toEqual([expect.objectContaining(present)]);
      }
    });
  });

  it('writes, lists and removes parameters in one region of one account, and in no other', async () => {
    const name = '/google-access/reports/default';
    const places = [home, near, far].flatMap((accountId) =>
      ['us-east-1', 'eu-central-1'].map((one) => ({ accountId, region: one })),
    );
    await inMoto(async () => {
      const { memberOf, parameters, listings } = open();
      const everywhere = async (): Promise<readonly string[]> => {
        const found: string[] = [];
        for (const place of places)
          for (const { value } of await collected(listings.parameters(place, '/google-access')))
            found.push(`${place.accountId} ${place.region} ${value}`);
        return found;
      };
      for (const place of places) {
        const value = `config of ${place.accountId} in ${place.region}`;
        await parameters.put(place, { name, value, description: 'a config' });
        expect(await everywhere()).toEqual([`${place.accountId} ${place.region} ${value}`]);
        expect(await parameters.list(place, '/google-access/reports')).toMatchObject([{ name, value }]);
        await parameters.remove(place, name);
        expect(await everywhere()).toEqual([]);
      }
      // Another identity's view of the same account.
      const place = { accountId: near, region: 'eu-central-1' };
      await parameters.put(place, { name, value: 'seen', description: 'a config' });
      const ssm = new SSM({ region: 'eu-central-1', credentials: memberOf(near).credentials });
      expect((await ssm.getParameter({ Name: name })).Parameter?.Value).toBe('seen');
    });
  });

  it('lists the organization, by pages, and the accounts below a unit', async () => {
    await inMoto(async () => {
      const organizations = new Organizations({ region });
      const { Organization } = await organizations.createOrganization({ FeatureSet: 'ALL' });
      const created: string[] = [];
      for (let index = 0; index < 25; index += 1) {
        const { CreateAccountStatus } = await organizations.createAccount({
          AccountName: `team-${index}`,
          Email: `team-${index}@acme.example`,
        });
        created.push(CreateAccountStatus?.AccountId ?? '');
      }
      const { Roots: [root] = [] } = await organizations.listRoots({});
      const { OrganizationalUnit } = await organizations.createOrganizationalUnit({
        ParentId: root?.Id ?? '',
        Name: 'workloads',
      });
      const [moved = '', ...others] = created;
      const unit = OrganizationalUnit?.Id ?? '';
      await organizations.moveAccount({
        AccountId: moved,
        SourceParentId: root?.Id ?? '',
        DestinationParentId: unit,
      });
      const { signal } = new AbortController();
      const read = awsOrganization({ region }, clockUntil(signal), signal);
      const listing = await read([unit]);
      expect(listing.organization).toBe(Organization?.Id);
      expect(listing.accounts.map(({ id }) => id).toSorted()).toEqual([home, moved, ...others].toSorted());
      expect(new Set(listing.accounts.map(({ state }) => state))).toEqual(new Set(['active']));
      expect([...(listing.inUnits ?? [])]).toEqual([moved]);
    });
  });
});
