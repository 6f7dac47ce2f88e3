import {
  answeredList,
  inheritedMembers,
  type ListedMembers,
  membersFor,
  sitesWithoutList,
  usedLists,
} from '../core/adopt.ts';
import type { Adoption, Answer } from '../core/answer.ts';
import { adoptKey, writeAdoption } from '../core/answer-item.ts';
import { PermanentError, RetryableError } from '../core/errors.ts';
import { writeInherited } from '../core/inherited.ts';
import { fitting } from '../core/json.ts';
import { canRevoke } from '../core/mode.ts';
import type { RoleRef } from '../core/model.ts';
import { readScopeEntry, scopeSortKey, withScope } from '../core/scope.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { scopePartition } from '../core/table-item.ts';
import type { TableView } from '../core/table-view.ts';
import { accessOf, siteOfAccess } from '../core/target.ts';
import type { SweepPorts } from '../ports.ts';
import { overwrite } from './answers.ts';
import { replaceList } from './inherited-lists.ts';
import { loadScope } from './sweep-scope.ts';

/** The result of a person's answer for members that a resource had before rolebridge used it. */
export interface Adopted extends Adoption {
  /** How many members the answer covers. */
  readonly count: number;
  /** As many of them as fit into a line of the log. */
  readonly members: readonly string[];
}

/** The log takes 256 KB a line: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html. */
const maxMemberBytes = 100_000;

/**
 * Stores the answer, then writes it into the lists of inherited members, before the sweep reads them. The sweep itself removes
 * what is ours from then on, within the revocation limit.
 * @throws PermanentError if something other than what was shown would be answered for
 */
export const adoptMembers = async (
  settings: Settings,
  ports: SweepPorts,
  { adoption, listed: shown }: Extract<Answer, { readonly kind: 'adopt' }>,
  answeredBy: string,
): Promise<Adopted> => {
  if (adoption.verdict === 'remove' && !canRevoke(settings.mode))
    throw refused(
      adoption,
      `in mode ${settings.mode} nothing is removed. Remove them by hand, or answer with --keep`,
    );
  const { view } = await loadScope(settings, ports);
  if (view === undefined)
    throw new RetryableError('The ledger cannot be read now, so no answer is kept. Try again.');
  const found = listMembers(settings, view, adoption);
  if (found.hash !== shown)
    throw refused(
      adoption,
      'the list has changed since it was shown. Run "rolebridge adopt" again, and read the list',
    );
  if (found.members.length === 0) throw refused(adoption, 'no member of it waits for an answer');
  await overwrite(ports, adoptKey(shown), writeAdoption(adoption, answeredBy, ports.clock.now()));
  const covered = new Set(found.members.map(accessOf));
  for (const list of usedLists(view)) {
    if (!covered.has(list.access)) continue;
    const items = writeInherited(answeredList(list, found, adoption.verdict));
    if (!(await replaceList(ports, view.revisions, list, items)))
      throw new RetryableError(
        `Someone else writes the list of ${list.access} at the same time, so not all members are answered for. Run "rolebridge adopt" again.`,
      );
  }
  if (await isReplaced(ports, view, covered))
    throw new RetryableError(
      `A function replaced a list of ${adoption.resource} at the same time, so not all members are answered for. Run "rolebridge adopt" again.`,
    );
  const members = found.members.map(({ member }) => member);
  return { ...adoption, count: members.length, members: fitting(members, maxMemberBytes) };
};

/** Whether the entry of a site names another list by now: the answer may not be in it. */
const isReplaced = async (
  { table }: SweepPorts,
  { scope }: TableView,
  covered: ReadonlySet<string>,
): Promise<boolean> => {
  const sites = scope.filter(({ kind, name }) => kind === 'site' && covered.has(name));
  const stored = await table.read(sites.map((site) => ({ pk: scopePartition, sk: scopeSortKey(site) })));
  const now = new Map(stored.map(({ sk, body }) => [sk, readScopeEntry(body)?.inherited]));
  return sites.some((site) => now.get(scopeSortKey(site)) !== site.inherited);
};

/** Lists what an answer would cover. @throws PermanentError if the list of a site on the resource cannot be read */
export const listMembers = (settings: Settings, view: TableView, adoption: Adoption): ListedMembers => {
  const missing = sitesWithoutList(view).find(
    ({ name }) => siteOfAccess(name).resource === adoption.resource,
  );
  if (missing !== undefined)
    throw refused(
      adoption,
      `the list of the members that ${missing.name} had before is incomplete in the ledger's table. All of them stay until it is restored: docs/operations.md, "The ledger is lost"`,
    );
  return membersFor(withScope(settings, view.scope, view.inherited), view, adoption);
};

/** The roles of all inherited members of a resource, kept or not. */
export const inheritedRoles = (
  settings: Settings,
  view: TableView,
  resource: ResourceName,
): readonly RoleRef[] =>
  inheritedMembers(withScope(settings, view.scope, view.inherited), view)
    .filter((one) => one.resource === resource)
    .map(({ role }) => role);

const refused = ({ resource, verdict }: Adoption, reason: string): PermanentError =>
  new PermanentError(`No member of ${resource} is ${verdict === 'keep' ? 'kept' : 'removed'}: ${reason}.`, {
    because: 'answerRefused',
  });
