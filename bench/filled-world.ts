import type { LocalWorld } from '../local/world.ts';
import { loadSettings } from '../shared/config/config.ts';
import { credentialConfig } from '../shared/core/credential-config.ts';
import { parameterName } from '../shared/core/grant-parameters.ts';
import { type LedgerEntry, roleItemKey, writeLedgerItem } from '../shared/core/ledger.ts';
import { memberOf } from '../shared/core/member.ts';
import type { RoleRef } from '../shared/core/model.ts';
import { roleKey } from '../shared/core/role-key.ts';
import {
  initializedKey,
  scopeSortKey,
  usedScope,
  writeInitialized,
  writeScopeEntry,
} from '../shared/core/scope.ts';
import { serviceAccountResource } from '../shared/core/service-account.ts';
import type { Settings } from '../shared/core/settings.ts';
import { scopePartition } from '../shared/core/table-item.ts';
import { workloadIdentityUser } from '../shared/core/target.ts';

export const rolesPerAccount = 10;

/**
 * Roles that have what their tags ask for; someone removed the bindings of the first few by hand. The world loses its
 * events: else the functions would restore those bindings.
 */
export const fillWorld = async (world: LocalWorld, roles: number, drifted: number): Promise<Settings> => {
  const settings = loadSettings(world.configPath);
  const [account] = settings.accounts;
  const [project = ''] = settings.google.projects;
  if (account === undefined) throw new Error('rolebridge.yml configures no account');
  world.aws.bus.deliveryOf = () => 'lose';
  const items: Item[] = [];
  for (let from = 0; from < roles; from += rolesPerAccount) {
    const email = `reader-${from / rolesPerAccount}@${project}.iam.gserviceaccount.com`;
    const refs = Array.from({ length: Math.min(rolesPerAccount, roles - from) }, (_, index) => ({
      partition: 'aws',
      accountId: account.id,
      roleName: `app-${String(from + index).padStart(5, '0')}`,
    }));
    const members = refs.filter((_, index) => from + index >= drifted).map((ref) => memberOf(settings, ref));
    world.addServiceAccount(email, {
      bindings: members.length === 0 ? [] : [{ role: 'roles/iam.workloadIdentityUser', members }],
    });
    const value = JSON.stringify(credentialConfig(settings, account.provider, email));
    for (const ref of refs) {
      items.push(boundItem(settings, ref, email));
      world.aws.iam.perform('CreateRole', {
        RoleName: ref.roleName,
        AssumeRolePolicyDocument: '{}',
        Tags: [{ Key: settings.tagKey, Value: email }],
      });
      const name = parameterName(settings.parameterPrefix, ref, 'default');
      for (const region of settings.regions)
        world.aws.ssm.parameters(region).set(name, { name, value, description: '', version: 1 });
    }
  }
  await fillLedger(world, settings, items);
  return settings;
};

/** The ledger's item of a role that is bound to one service account. */
export const boundItem = (settings: Settings, ref: RoleRef, email: string): Item => {
  const entry: LedgerEntry = {
    googleRole: workloadIdentityUser,
    resource: serviceAccountResource(email),
    member: memberOf(settings, ref),
    grants: ['default'],
    since,
    announcedAt: since,
  };
  return { ...roleItemKey(roleKey(ref)), body: writeLedgerItem({ role: ref, entries: [entry] }) };
};

const since = '2026-01-01T00:00:00.000Z';

export interface Item {
  readonly pk: string;
  readonly sk: string;
  readonly body: string;
}

/** The ledger as reconcile and an earlier sweep would have left it. */
export const fillLedger = async (
  { aws }: LocalWorld,
  settings: Settings,
  bindings: readonly Item[],
): Promise<void> => {
  const now = new Date();
  const items = [
    ...bindings,
    ...usedScope(settings).map((entry) => ({
      pk: scopePartition,
      sk: scopeSortKey(entry),
      body: writeScopeEntry(entry, now),
    })),
    { ...initializedKey, body: writeInitialized(now) },
  ];
  const table = aws.stackResources.find(({ type }) => type === 'AWS::DynamoDB::Table')?.physicalId ?? '';
  for (let from = 0; from < items.length; from += itemsPerWrite)
    await aws.dynamodb.perform('BatchWriteItem', {
      RequestItems: {
        [table]: items.slice(from, from + itemsPerWrite).map(({ pk, sk, body }) => ({
          PutRequest: {
            Item: { pk: { S: pk }, sk: { S: sk }, revision: { S: `filled-${pk}` }, body: { S: body } },
          },
        })),
      },
    });
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const itemsPerWrite = 25;
