import {
  type Account,
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  OrganizationsClient,
  type OrganizationsClientConfig,
} from '@aws-sdk/client-organizations';
import type { OrganizationAccount, OrganizationListing, ReadOrganization } from '../../accounts/ports.ts';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import type { Clock } from '../../ports.ts';
import { fullJitter, retry } from '../../waiting.ts';
import { field } from '../field.ts';
import { presentItemsOf } from '../items.ts';
import { pages } from '../pages.ts';
import { isForeignAnswer, tried } from './failure.ts';

/** https://docs.aws.amazon.com/organizations/latest/APIReference: the accounts of the caller's organization. */
export const awsOrganization =
  (options: OrganizationsClientConfig, clock: Clock, signal: AbortSignal): ReadOrganization =>
  async (units) => {
    // Organizations throttles early, so we pace the attempts ourselves: with the SDK's own, every call could take 3 tries of 5.
    const client = new OrganizationsClient({ ...options, maxAttempts: 1 });
    const call = patiently(clock, signal);
    try {
      const { organization, management } = await readOrganization(client, call, signal);
      const accounts = await readAccounts(client, callAt(call, management), signal);
      if (!accounts.some(({ id }) => id === management))
        throw new RetryableError(
          `The list of accounts of organization ${organization} lacks its management account ${management}, so it is not complete. Check AWS_ENDPOINT_URL, and what answers there.`,
        );
      return {
        organization,
        accounts,
        ...(units.length === 0
          ? {}
          : { inUnits: await readUnits(client, callAt(call, management), units, signal) }),
      };
    } finally {
      client.destroy();
    }
  };

/** Makes one call, described for its errors. */
type Call = <T>(description: string, send: () => Promise<T>) => Promise<T>;

/** Organizations' rates are not published. The pauses add up to about 20 seconds. */
const patiently =
  (clock: Clock, signal: AbortSignal): Call =>
  (description, send) =>
    retry(
      {
        clock,
        attempts: 10,
        pauseMilliseconds: fullJitter({ firstMilliseconds: 500, longestMilliseconds: 8_000 }),
        // A proxy answers the next call in the same way.
        isRetryable: (thrown) => thrown instanceof RetryableError && !isForeignAnswer(thrown.cause),
        signal,
      },
      () => tried(description, send),
    );

/** Explains a refusal: only the management account and delegated administrators may list accounts. */
const callAt =
  (call: Call, management: string): Call =>
  async (description, send) => {
    try {
      return await call(description, send);
    } catch (thrown) {
      if (!(thrown instanceof PermanentError) || field(thrown.cause, 'name') !== 'AccessDeniedException')
        throw thrown;
      throw new PermanentError(
        `${thrown.message} Only the management account (${management}) and delegated administrators may list accounts. Sign in to one of them as someone who has this permission (rolebridge permissions --print accounts).`,
        { cause: thrown },
      );
    }
  };

const readOrganization = async (
  client: OrganizationsClient,
  call: Call,
  abortSignal: AbortSignal,
): Promise<{ readonly organization: string; readonly management: string }> => {
  const what = "reading the caller's organization (organizations:DescribeOrganization)";
  const { Organization } = await call(what, () =>
    client.send(new DescribeOrganizationCommand({}), { abortSignal }),
  );
  const { Id: organization, MasterAccountId: management } = Organization ?? {};
  if (organization === undefined || management === undefined) throw notAmazons(what);
  return { organization, management };
};

const readAccounts = async (
  client: OrganizationsClient,
  call: Call,
  abortSignal: AbortSignal,
): Promise<readonly OrganizationAccount[]> => {
  const what = 'listing the accounts of the organization (organizations:ListAccounts)';
  const found: OrganizationAccount[] = [];
  for await (const { Accounts } of listing(call, what, (NextToken) =>
    client.send(new ListAccountsCommand(withToken(NextToken)), { abortSignal }),
  ))
    found.push(
      ...presentItemsOf('the accounts of the organization', Accounts, []).map((account) =>
        accountOf(what, account),
      ),
    );
  return found;
};

/** The accounts below units, and below the units within them. */
const readUnits = async (
  client: OrganizationsClient,
  call: Call,
  units: readonly string[],
  abortSignal: AbortSignal,
): Promise<NonNullable<OrganizationListing['inUnits']>> => {
  const found = new Set<string>();
  const seen = new Set<string>();
  const waiting = [...units];
  for (let ParentId = waiting.pop(); ParentId !== undefined; ParentId = waiting.pop()) {
    if (seen.has(ParentId)) continue;
    seen.add(ParentId);
    const parent = { ParentId };
    const accounts = `listing the accounts of ${ParentId} (organizations:ListAccountsForParent)`;
    for await (const { Accounts } of listing(call, accounts, (NextToken) =>
      client.send(new ListAccountsForParentCommand({ ...parent, ...withToken(NextToken) }), { abortSignal }),
    ))
      for (const account of presentItemsOf(`the accounts of ${ParentId}`, Accounts, []))
        found.add(accountOf(accounts, account).id);
    const below = `listing the organizational units of ${ParentId} (organizations:ListOrganizationalUnitsForParent)`;
    for await (const { OrganizationalUnits } of listing(call, below, (NextToken) =>
      client.send(new ListOrganizationalUnitsForParentCommand({ ...parent, ...withToken(NextToken) }), {
        abortSignal,
      }),
    ))
      for (const { Id } of presentItemsOf(
        `the organizational units of ${ParentId}`,
        OrganizationalUnits,
        [],
      )) {
        if (Id === undefined) throw notAmazons(below);
        waiting.push(Id);
      }
  }
  return found;
};

/** A page may be empty and still have a successor. */
const listing = <Page extends { readonly NextToken?: string | undefined }>(
  call: Call,
  description: string,
  read: (token: string | undefined) => Promise<Page>,
): AsyncIterable<Page> =>
  pages(description, {
    read: (token) => call(description, () => read(token)),
    nextOf: ({ NextToken }) => NextToken,
  });

const withToken = (token: string | undefined): { readonly NextToken?: string } =>
  token === undefined ? {} : { NextToken: token };

const accountOf = (what: string, { Id, Name, State, Status }: Account): OrganizationAccount => {
  // AWS retires Status; some endpoints do not answer State yet.
  const state = State ?? Status;
  if (Id === undefined || !/^\d{12}$/.test(Id) || state === undefined) throw notAmazons(what);
  return { id: Id, name: Name ?? '', state: states.get(state) ?? 'other' };
};

const states: ReadonlyMap<string, OrganizationAccount['state']> = new Map([
  ['ACTIVE', 'active'],
  ['SUSPENDED', 'suspended'],
  ['PENDING_CLOSURE', 'closed'],
  ['CLOSED', 'closed'],
]);

const notAmazons = (what: string): PermanentError =>
  new PermanentError(
    `${what}: the answer is not that of AWS Organizations. Check AWS_ENDPOINT_URL, and what answers there.`,
  );
