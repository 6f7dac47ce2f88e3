import pMap from 'p-map';
import type { BlindSpot } from '../app/blind-spot.ts';
import { toFailure } from '../core/errors.ts';
import { projectOf } from '../core/service-account.ts';
import type { GrantedAccount } from './find-accounts.ts';
import { judgeKeys, type KeyEvidence } from './judge.ts';
import type { ServiceAccountKey } from './key.ts';
import type { KeyPorts, KeyReader } from './ports.ts';
import { readActivities } from './read-activities.ts';
import type { Use } from './use.ts';

/** A service account, and what is known about its keys. */
export interface AccountKeys extends GrantedAccount {
  /** Its own last authentication, with a key or without one. Left out if it has no keys: then we do not ask. */
  readonly use?: Use;
  /** Left out if they could not be read. */
  readonly keys?: readonly KeyEvidence[];
}

export interface KeyFindings {
  readonly accounts: readonly AccountKeys[];
  readonly blindSpots: readonly BlindSpot[];
}

/** Reads the keys of these service accounts and their last use. Anything that cannot be read is a blind spot. */
export const readKeys = async (
  { reader, clock }: Pick<KeyPorts, 'reader' | 'clock'>,
  accounts: readonly GrantedAccount[],
  { idleDays }: { readonly idleDays: number },
): Promise<KeyFindings> => {
  const listed = await pMap(accounts, (account) => listKeys(reader, account), { concurrency: 8 });
  const now = clock.now();
  const emails = listed.flatMap(({ account, keys }) => (hasKeys(keys) ? [account.email] : []));
  const activities = await readActivities(reader, emails, now);
  return {
    accounts: listed.map(({ account, keys }): AccountKeys => {
      if (!hasKeys(keys)) return keys instanceof Error ? account : { ...account, keys: [] };
      const use = activities.ofAccount(account.email);
      const uses = keys.map((key) => ({ key, use: activities.ofKey(account.email, key.id) }));
      return { ...account, use, keys: judgeKeys({ ...account, use }, uses, { now, idleDays }) };
    }),
    blindSpots: [...unlisted(listed), ...activities.blindSpots],
  };
};

interface Listed {
  readonly account: GrantedAccount;
  readonly keys: readonly ServiceAccountKey[] | Error;
}

const listKeys = async (reader: KeyReader, account: GrantedAccount): Promise<Listed> => {
  try {
    return { account, keys: (await reader.keys(account.email)) ?? notFound(account) };
  } catch (thrown) {
    return { account, keys: toFailure(thrown) };
  }
};

/** Nothing is concluded from it: Google may not show the account to the caller. */
const notFound = ({ email }: GrantedAccount): Error =>
  new Error(`Google finds no service account ${email}. "rolebridge plan" shows what becomes of its grants.`);

const hasKeys = (keys: Listed['keys']): keys is readonly ServiceAccountKey[] =>
  !(keys instanceof Error) && keys.length > 0;

/** One for each project: usually the same permission is missing on all of its service accounts. */
const unlisted = (listed: readonly Listed[]): readonly BlindSpot[] =>
  [
    ...Map.groupBy(
      listed.flatMap(({ account: { email }, keys }) =>
        keys instanceof Error ? [{ email, reason: keys.message }] : [],
      ),
      ({ email }) => projectOf(email),
    ).values(),
  ].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const more =
      others.length === 0
        ? ''
        : ` and of ${others.length} other service account${others.length === 1 ? '' : 's'} of its project`;
    return [{ what: `the keys of ${first.email}${more}`, reason: first.reason }];
  });
