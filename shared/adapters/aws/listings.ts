import { GetAccountAuthorizationDetailsCommand, type RoleDetail } from '@aws-sdk/client-iam';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import pThrottle from 'p-throttle';
import { RetryableError } from '../../core/errors.ts';
import type { PresentRole } from '../../core/model.ts';
import type { AccountRegion } from '../../core/region.ts';
import type { Listings } from '../../ports.ts';
import { itemsOf } from '../items.ts';
import type { ClientsOf } from './clients.ts';
import { nextMarker, pagesOf } from './pages-of.ts';
import { observedParameters } from './parameters.ts';
import { assertAccount, tagsOf } from './roles.ts';
import { withoutPolicies } from './without-policies.ts';

/** IAM returns each role with its policies: a hundred roles are about a megabyte. */
const rolesPerPage = 100;
/** Parameter Store's maximum. */
const parametersPerPage = 10;

/** `parameterReadsPerSecond` applies to each region of an account. The rest of its 40 a second is for booting instances. */
export const awsListings = (
  clientsOf: ClientsOf,
  parameterReadsPerSecond: number,
  abortSignal: AbortSignal,
): Omit<Listings, 'serviceAccounts'> => {
  const paces = new Map<string, <T>(call: () => Promise<T>) => Promise<T>>();
  const paceOf = ({ accountId, region }: AccountRegion) => {
    const place = `${accountId} ${region}`;
    const known = paces.get(place);
    if (known !== undefined) return known;
    const throttle = pThrottle({ limit: 1, interval: 1000 / parameterReadsPerSecond });
    const turn = throttle(() => Promise.resolve());
    const pace = async <T>(call: () => Promise<T>): Promise<T> => {
      await turn();
      return call();
    };
    paces.set(place, pace);
    return pace;
  };
  return {
    roles: async function* (accountId) {
      const clients = clientsOf(accountId);
      await assertAccount(clients, accountId, abortSignal);
      const pages = pagesOf('listing the roles', {
        read: (Marker) => clients.iam.send(rolesCommand(Marker), { abortSignal }),
        nextOf: nextMarker('roles'),
      });
      // `nextMarker` refuses an answer that is not IAM's, and IAM may leave out an empty list.
      for await (const { RoleDetailList } of pages)
        yield itemsOf('the list of roles', RoleDetailList, []).map((role) => presentRole(accountId, role));
    },
    parameters: async function* (place, prefix) {
      const { accountId, region } = place;
      const pace = paceOf(place);
      const pages = pagesOf(`listing ${prefix} in ${region}`, {
        read: (NextToken) =>
          pace(() =>
            clientsOf(accountId)
              .ssm(region)
              .send(
                new GetParametersByPathCommand({
                  Path: prefix,
                  Recursive: true,
                  MaxResults: parametersPerPage,
                  NextToken,
                }),
                { abortSignal },
              ),
          ),
        nextOf: ({ NextToken }) => NextToken,
      });
      for await (const page of pages) yield observedParameters(page);
    },
  };
};

const rolesCommand = (Marker: string | undefined): GetAccountAuthorizationDetailsCommand => {
  const command = new GetAccountAuthorizationDetailsCommand({
    Filter: ['Role'],
    MaxItems: rolesPerPage,
    Marker,
  });
  command.middlewareStack.add(withoutPolicies, {
    name: 'withoutPolicies',
    step: 'deserialize',
    priority: 'low',
  });
  return command;
};

const presentRole = (accountId: string, { Arn, RoleName, RoleId, Tags }: RoleDetail): PresentRole => {
  const [, partition] = Arn?.split(':') ?? [];
  if (Arn === undefined || RoleName === undefined || RoleId === undefined || partition === undefined)
    throw new RetryableError(`IAM's list of roles is incomplete (${RoleName ?? 'a role without a name'}).`);
  return {
    kind: 'present',
    ref: { partition: copied(partition), accountId, roleName: copied(RoleName) },
    roleId: copied(RoleId),
    arn: copied(Arn),
    tags: tagsOf(RoleName, Tags).map(({ key, value }) => ({ key: copied(key), value: copied(value) })),
  };
};

/** V8 keeps the whole page, a megabyte, as long as anyone holds a part of its text. */
const copied = (text: string): string => Buffer.from(text).toString();
